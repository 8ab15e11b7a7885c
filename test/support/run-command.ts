import { resolve } from 'node:path';

const root = resolve(import.meta.dir, '../..');

/** How a command ended, and what it printed. */
export interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `services/<script>.ts` as a process of its own, to its end; it gets these variables and the PATH. */
export async function runCommand(
  script: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Said> {
  const child = Bun.spawn([process.execPath, `services/${script}.ts`, ...words], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: 60_000,
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { status: await child.exited, out, err };
}
