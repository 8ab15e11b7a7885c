// requite bills: all bills of a run in one archive; or the files of all, written again.
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { logSettingsHelp } from '../platform/config.ts';
import { UsageError } from '../platform/topics/arguments.ts';
import { formatNamed } from './bill-format.ts';
import { restore } from './bills-restore.ts';
import { asCalled, EXIT, type Surroundings } from './command.ts';
import { ProgressLine } from './progress.ts';
import { coordinatorOf } from './reach.ts';
import { billsSpec } from './specs.ts';
import { helpOf, oneWord, readWords, textOf } from './words.ts';

/** Carries out `bills`. */
export async function bills(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const given = readWords(billsSpec, words);
  if (given === null || words.length === 0) {
    surroundings.out(
      `${helpOf(billsSpec)}\n${asCalled(logSettingsHelp('BILLS_DIR'), surroundings.called)}\n`,
    );
    return words.length === 0 ? EXIT.usage : EXIT.done;
  }
  const json = given.values.json === true;
  const runId = oneWord(given, 'the run-id of a run, or "restore"');
  if (runId === 'restore' && given.values.zip === undefined) return await restore(json, surroundings);
  const file = textOf(given, 'zip');
  if (file === undefined) throw new UsageError('Say where the archive goes: --zip FILE.');
  const format = formatNamed(textOf(given, 'format') ?? 'pdf');
  const coordinator = coordinatorOf(surroundings, textOf(given, 'url'));
  const stopped = surroundings.interruption();
  try {
    const archive = await coordinator.client().run(runId).bills(format.ending, { signal: stopped });
    const bytes = await save(archive, file, surroundings, stopped);
    surroundings.out(json ? `${JSON.stringify({ runId, file, bytes })}\n` : `${file}: ${bytes} bytes\n`);
    return EXIT.done;
  } catch (error) {
    if (!stopped.aborted) throw error;
    surroundings.err(`Stopped; there is no ${file}.\n`);
    return EXIT.interrupted;
  }
}

/** Writes the answer to the file, which is there only once it is whole. Returns its length in bytes. */
async function save(
  archive: ReadableStream<Uint8Array>,
  file: string,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<number> {
  const partial = `${file}.part`;
  const line = new ProgressLine(surroundings);
  const begun = performance.now();
  let bytes = 0;
  async function* counted(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      bytes += chunk.length;
      const rate = bytes / Math.max(1, performance.now() - begun);
      line.show({ done: bytes / 1_000, total: null, unit: 'kB', rate });
      yield chunk;
    }
  }
  try {
    // the DOM's stream and Node's are the same thing under two types
    const body = Readable.fromWeb(archive as Parameters<typeof Readable.fromWeb>[0]);
    await pipeline(body, counted, createWriteStream(partial), { signal });
    await rename(partial, file);
    return bytes;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    line.end();
  }
}
