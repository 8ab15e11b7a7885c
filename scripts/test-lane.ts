/** One run of `bun test`, with what it wrote and what it counted. */

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What was written of each test that failed, and of each file that did not load: the file's name, the error, the test's name. */
  readonly failures: readonly string[];
}

export interface LaneOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What `bun test` is given: flags, files, filters. */
  readonly args: readonly string[];
  /** Called with whole pieces of output: all that was written about one test file, where that can be told. */
  readonly write: (text: string) => void;
}

export interface Lane {
  readonly counts: Promise<Counts>;
  kill(signal: NodeJS.Signals): void;
}

const KEPT_CHARACTERS = 4_000;
const KEPT_LINES_OF_A_FAILURE = 40;

/** Runs `bun test`. What bun calls an error (a file that does not load) is a failure, and so is a run without any test. */
export function runLane({ cwd, env, args, write }: LaneOptions): Lane {
  const child = Bun.spawn([process.execPath, 'test', ...args], {
    cwd,
    env: { ...env },
    stdin: 'inherit',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const finish = async (): Promise<Counts> => {
    const pieces = new Pieces(write);
    await Promise.all([pieces.take(child.stdout), pieces.take(child.stderr)]);
    pieces.end();
    const exitCode = await child.exited;
    const failures = [...pieces.failures];
    if (!isWhole(pieces.tail)) {
      const broken = `\nThis run of tests broke off, with ${child.signalCode ?? `exit code ${exitCode}`}.\n`;
      write(broken);
      failures.push(broken);
    }
    return { ...countsOf(pieces.tail, exitCode), failures };
  };
  return { counts: finish(), kill: (signal) => child.kill(signal) };
}

/** Output put together by test file: bun names each file before what it says of it. */
class Pieces {
  tail = '';
  readonly failures: string[] = [];
  readonly #write: (text: string) => void;
  #piece = '';
  #file = '';
  #part: string[] = [];
  #partFailed = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  async take(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let line = '';
    for await (const chunk of stream) {
      const lines = (line + decoder.decode(chunk, { stream: true })).split('\n');
      line = lines.pop() ?? '';
      for (const each of lines) this.#line(`${each}\n`);
    }
    if (line !== '') this.#line(`${line}\n`);
  }

  end(): void {
    this.#endPart();
    if (this.#piece !== '') this.#write(this.#piece);
    this.#piece = '';
  }

  #line(line: string): void {
    const text = Bun.stripANSI(line).trimEnd();
    const isFile = /^test\/\S+\.test\.ts:$/.test(text);
    if (isFile) this.end();
    this.#piece += line;
    this.tail = (this.tail + line).slice(-KEPT_CHARACTERS);
    if (isFile) this.#file = line;
    else this.#partOf(line, text);
  }

  /** A part is what was written up to a test's end, with the note that stands below one that took too long. */
  #partOf(line: string, text: string): void {
    const isOver = isTestEnd(Bun.stripANSI(this.#part.at(-1) ?? ''));
    if (isOver && !text.startsWith('  ^ ')) this.#endPart();
    this.#part.push(line);
    if (/^(?:\(fail\)|✗) |^# Unhandled error/.test(text)) this.#partFailed = true;
    if (text.startsWith('  ^ ')) this.#endPart();
  }

  #endPart(): void {
    if (this.#partFailed) {
      // what services logged meanwhile stands above, with all of the failure
      const told = this.#part.filter((each) => !each.startsWith('{"level":'));
      this.failures.push([this.#file, ...told.slice(-KEPT_LINES_OF_A_FAILURE)].join(''));
    }
    this.#part = [];
    this.#partFailed = false;
  }
}

const isTestEnd = (line: string): boolean => /^(?:\((?:pass|fail|skip|todo)\)|[✓✗»✎]) /.test(line);

/** Bun's last line, of a run that did not break off. */
const RAN = /^Ran \d+ tests? across/m;

const isWhole = (tail: string): boolean => RAN.test(Bun.stripANSI(tail));

function countsOf(tail: string, exitCode: number): Omit<Counts, 'failures'> {
  const summary = Bun.stripANSI(tail).split('\n');
  const end = summary.findLastIndex((line) => RAN.test(line));
  const count = (what: string): number => {
    const line = summary
      .slice(0, Math.max(end, 0))
      .findLast((each) => new RegExp(`^ *\\d+ ${what}s?$`).test(each));
    return line === undefined ? 0 : Number.parseInt(line, 10);
  };
  const passed = count('pass');
  const skipped = count('skip') + count('todo');
  const failed = count('fail') || count('error'); // a file that does not load counts as both
  if (passed + failed === 0 && exitCode === 0) console.error('No test ran, which counts as a failure.');
  const isFailure = failed === 0 && (exitCode !== 0 || passed === 0);
  return { passed, failed: isFailure ? 1 : failed, skipped };
}
