import { resolve } from 'node:path';

const root = resolve(import.meta.dir, '../../..');

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `topics …` in a process of its own, to its end. This process goes on meanwhile. */
export async function runTopics(line: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const words = line.split(' ').filter((word) => word !== '');
  const child = Bun.spawn([process.execPath, 'services/topics.ts', ...words], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: 60_000,
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { status: await child.exited, stdout, stderr };
}

/** The line of a command's output that is about a topic. */
export function lineOf(text: string, topic: string): string | undefined {
  return text.split('\n').find((each) => each.startsWith(`${topic} `));
}
