import { type GroupStanding, type Position, TransportError } from '../../../../core/mod.ts';
import type { TopicAdmin, TopicDetails } from '../../topics/port.ts';
import { LogFile } from './log-file.ts';

/** So many records are deleted in a transaction, so that others get to write in between. */
const RECORDS_A_TRANSACTION = 10_000;
const FALLBACK_POLL_MS = 100;

/** Looks after the embedded log of a data directory, beside the processes that use it. */
export class EmbeddedLogAdmin implements TopicAdmin {
  readonly #file: LogFile;
  #closed = false;

  /** Opens the directory, making it where it is missing. Throws `DataFileError`. */
  constructor(dataDir: string) {
    this.#file = LogFile.acquire(dataDir, { fallbackPollMs: FALLBACK_POLL_MS, fsync: true });
  }

  async topics(names?: readonly string[]): Promise<readonly TopicDetails[]> {
    this.#assertOpen();
    const { records } = this.#file;
    return this.#file.read(() => {
      const ends = records.ends();
      const all = records.topics();
      const wanted = names === undefined ? all : all.filter(({ name }) => names.includes(name));
      return wanted.map(({ id, name, compacted }) => ({
        name,
        compacted,
        replication: null,
        partitions: (ends.get(id) ?? []).map((end, partition) => ({
          start: records.first(id, partition) ?? end,
          end,
        })),
      }));
    });
  }

  async groups(): Promise<readonly GroupStanding[]> {
    this.#assertOpen();
    const rows = this.#file.read(() => this.#file.groups.standings());
    const names = new Set(rows.map(({ group }) => group));
    return [...names].map((name) => ({
      group: name,
      committed: rows.flatMap(({ group, topic, partition, offset }) =>
        group !== name || topic === null || partition === null || offset === null
          ? []
          : [{ topic, partition, offset }],
      ),
    }));
  }

  /** As the port says. Throws RangeError for a position beyond the end. The file keeps its size and reuses the room. */
  async trim(positions: readonly Position[]): Promise<void> {
    this.#assertOpen();
    for (const position of positions) this.#file.read(() => this.#check(position));
    for (const position of positions) await this.#trimPartition(position);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.release();
  }

  #check({ topic: name, partition, offset }: Position): void {
    const { records } = this.#file;
    const end = records.ends().get(records.topic(name).id)?.[partition];
    if (end === undefined)
      throw new TransportError('unknown-topic', `Topic ${name} has no partition ${partition}.`);
    if (offset > end)
      throw new RangeError(
        `Can't delete records of ${name} beyond the end of partition ${partition}, ${end}.`,
      );
  }

  async #trimPartition({ topic: name, partition, offset }: Position): Promise<void> {
    const { records } = this.#file;
    const { id } = records.topic(name);
    let first = records.first(id, partition);
    while (first !== null && first < offset) {
      const before = Math.min(first + RECORDS_A_TRANSACTION, offset);
      await this.#file.writer.write(() => records.deleteBefore(id, partition, before));
      first = records.first(id, partition);
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw new TransportError('closed', "The log's admin is closed.");
  }
}
