/** The other side of story.ts: for programs that tell one. */
import { ask, mark, type Outcome } from './outcome.ts';

/** Tells the story, and says how it ended. */
export async function story<T>(name: string, tell: (input: T) => Promise<void>): Promise<void> {
  const begun = performance.now();
  let failure: string | null = null;
  try {
    await tell(JSON.parse(process.env.REQUITE_STORY ?? 'null') as T);
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const outcome: Outcome = { name, failure, ms: Math.round(performance.now() - begun) };
  process.stdout.write(`${mark}${JSON.stringify(outcome)}\n`, () => process.exit(0));
}

/** Asks who started the program for something, and waits until it is done. */
export async function please(what: string): Promise<void> {
  process.stdout.write(`${ask}${what}\n`);
  await new Promise((resolve) => process.stdin.once('data', resolve));
}
