// Puts back the dead letters that somebody chose, each read from the log as it came.
import type { IncomingRecord, Transport } from '../../core/mod.ts';
import { lettersOf, type Replayed, type Replayer, together } from '../platform/dead-letters/letters.ts';
import type { LetterPlace } from './view/letter-queries.ts';

/** Reads and replays these letters, a few at a time; they come by partition and offset. */
export async function replayMany(
  places: readonly LetterPlace[],
  dryRun: boolean,
  { transport, replayer }: { readonly transport: Transport; readonly replayer: Replayer },
): Promise<Replayed> {
  const parts: Replayed[] = [];
  for (const partition of new Set(places.map((place) => place.partition))) {
    const offsets = places.flatMap((place) => (place.partition === partition ? [place.offset] : []));
    const wanted = new Set(offsets);
    const [first = 0, last = 0] = [offsets.at(0), offsets.at(-1)];
    const isWanted = ({ offset }: IncomingRecord): boolean => wanted.has(offset);
    for await (const letters of lettersOf(transport, partition, first, last + 1))
      parts.push(await replayer.replay(letters.filter(isWanted), dryRun));
  }
  return together(parts);
}
