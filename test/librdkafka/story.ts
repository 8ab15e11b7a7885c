/** A story of its own process: what it prints after a mark, and what it asks for meanwhile. */
import { rmSync } from 'node:fs';
import { bundle, workFolder } from './bundle.ts';
import { linesOf } from './lines.ts';
import { ask, mark, type Outcome } from './outcome.ts';

export interface StoryRun {
  /** What runs it. */
  readonly runtime: string;
  /** A folder from which the client's package is found. */
  readonly within: string | undefined;
  /** `<name>-program.ts` beside this file. */
  readonly name: string;
  /** What it reads from REQUITE_STORY, as JSON. */
  readonly input: unknown;
  /** Does what it asks for, by name. */
  readonly please?: (what: string) => Promise<void>;
}

/** What the story failed with, or null. */
export async function tell({ runtime, within, name, input, please }: StoryRun): Promise<string | null> {
  const folder = workFolder(within);
  const program = await bundle(`${import.meta.dirname}/${name}-program.ts`, folder);
  const child = Bun.spawn([runtime, program], {
    env: { ...process.env, REQUITE_STORY: JSON.stringify(input) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const errors = child.stderr.text();
  try {
    for await (const line of linesOf(child.stdout)) {
      if (line.startsWith(mark)) return (JSON.parse(line.slice(mark.length)) as Outcome).failure;
      if (!line.startsWith(ask)) continue;
      await please?.(line.slice(ask.length));
      child.stdin.write('done\n');
      child.stdin.flush();
    }
    return `the program ended without a word: ${await errors}`;
  } finally {
    child.kill('SIGKILL');
    await child.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}
