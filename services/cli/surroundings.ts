import { err, out } from '../platform/terminal.ts';
import { asTyped, typedBy } from './called.ts';
import { EXIT, type ListedCommand, type Surroundings } from './command.ts';

/** The process as a command sees it; `script`: the script of package.json that it is called by, if by one. */
export function surroundingsOf(
  environment: Surroundings['environment'],
  script: string,
  commands: readonly ListedCommand[],
): Surroundings {
  const typed = typedBy({ environment, script, bun: { version: Bun.version, execPath: process.execPath } });
  const names = commands.map(({ name }) => name);
  const advice = (text: string): string => asTyped(text, typed, names);
  return {
    environment,
    called: script === 'requite' ? 'requite' : 'bun run',
    advice,
    out,
    err: (text) => err(advice(text)),
    onTerminal: { out: process.stdout.isTTY === true, err: process.stderr.isTTY === true },
    write,
    interruption,
  };
}

/** Resolves once the bytes are on their way: who reads slowly is waited for. */
function write(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error == null ? resolve() : reject(error)));
  });
}

let interrupted: AbortController | null = null;

function interruption(): AbortSignal {
  if (interrupted !== null) return interrupted.signal;
  const controller = new AbortController();
  interrupted = controller;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort();
    });
  return controller.signal;
}

/** Whoever reads what we write may have enough, as `head` has: that is no failure. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.done);
  });
}
