import {
  type IncomingRecord,
  type PollOptions,
  type Reader,
  type ReadOptions,
  TransportError,
} from '../../../../core/mod.ts';
import { fetchBatch } from './fetch.ts';
import type { LogFile } from './log-file.ts';
import { pollUntil } from './poll.ts';
import type { Cursor } from './record-table.ts';

/** Reads partitions of its topics, outside any group. */
export class EmbeddedReader implements Reader {
  readonly #file: LogFile;
  readonly #cursors: readonly Cursor[];
  readonly #onClose: (reader: EmbeddedReader) => void;
  #turn = 0;
  #closed = false;

  constructor(
    file: LogFile,
    { topics, partitions, from }: ReadOptions,
    onClose: (reader: EmbeddedReader) => void,
  ) {
    this.#file = file;
    this.#onClose = onClose;
    this.#cursors = topics.flatMap((name) => {
      const topic = file.records.topic(name);
      return Array.from({ length: topic.partitions }, (_, partition) => partition)
        .filter((partition) => partitions?.includes(partition) ?? true)
        .map((partition) => ({ topic, partition, next: from(name, partition) }));
    });
  }

  async poll(options: PollOptions): Promise<readonly IncomingRecord[]> {
    if (this.#closed) throw new TransportError('closed', 'The reader is closed.');
    return pollUntil(
      this.#file.bell,
      options,
      () => this.#closed,
      async () => this.#fetch(options.maxRecords),
    );
  }

  position(topic: string, partition: number): number {
    const cursor = this.#cursors.find((each) => each.topic.name === topic && each.partition === partition);
    if (cursor === undefined)
      throw new TransportError('unknown-topic', `Partition ${partition} of ${topic} is not read.`);
    return cursor.next;
  }

  #fetch(maxRecords: number): readonly IncomingRecord[] {
    const { records } = this.#file;
    return this.#file.read(() => fetchBatch(records, this.#cursors, maxRecords, this.#turn++));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(this);
    this.#file.bell.wake();
  }
}
