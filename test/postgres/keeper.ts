/**
 * Runs commands that must not outlive this process, in a folder that must not either: a shell of ours reads them from
 * its input, and when the input ends, because this process has ended in whatever way, it ends the server and removes
 * the folder.
 */
import { chownSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FileSink, Subprocess } from 'bun';
import type { UnixUser } from './binaries.ts';

// A signal to the whole group (Ctrl-C) is not for the shell: it has to clean up after the others are gone. SIGQUIT is
// PostgreSQL's immediate shutdown; it frees the shared memory that SIGKILL would leave behind.
const SCRIPT = `
trap '' INT TERM HUP
while read -r line; do eval "$line"; done
[ -z "$server" ] || { kill -CONT "$server"; kill -QUIT "$server"; wait "$server"; } 2>/dev/null
rm -rf "$1"
`;

type Shell = Subprocess<'pipe', 'pipe', 'inherit'>;

export class Keeper {
  /** The folder to work in; it belongs to the user that commands run as. */
  readonly folder: string;
  readonly #user: UnixUser | null;
  readonly #shell: Shell;
  readonly #answers: AsyncIterator<string>;

  constructor(user: UnixUser | null) {
    this.#user = user;
    this.folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'requite-postgres-'));
    if (user !== null) chownSync(this.folder, user.uid, user.gid);
    this.#shell = Bun.spawn(['sh', '-c', SCRIPT, 'keeper', this.folder], {
      cwd: '/',
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'inherit',
    });
    this.#shell.unref();
    this.#answers = lines(this.#shell.stdout);
  }

  /** Runs a command to its end, with its output at the end of `log`; its exit code. */
  async run(command: readonly string[], log: string): Promise<number> {
    return Number(await this.#ask(`${this.#line(command, log)}; echo $?`));
  }

  /** Starts the one server of this folder. */
  async start(command: readonly string[], log: string): Promise<void> {
    await this.#ask(`${this.#line(command, log)} & server=$!; echo started`);
  }

  /** Resolves once the server's process has ended. */
  async ended(): Promise<void> {
    await this.#ask('wait "$server" 2>/dev/null; server=; echo ended');
  }

  /** Ends the server and removes the folder. */
  async close(): Promise<void> {
    await (this.#shell.stdin as FileSink).end();
    await this.#shell.exited;
  }

  #line(command: readonly string[], log: string): string {
    const words = [...(this.#user?.prefix ?? []), ...command].map(quoted).join(' ');
    return `${words} </dev/null >>${quoted(log)} 2>&1`;
  }

  async #ask(line: string): Promise<string> {
    const stdin = this.#shell.stdin as FileSink;
    stdin.write(`${line}\n`);
    await stdin.flush();
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`the shell that keeps ${this.folder} has ended`);
    return answer.value;
  }
}

function quoted(word: string): string {
  if (word.includes('\n')) throw new Error(`a word of a command line has no line breaks: ${word}`);
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
