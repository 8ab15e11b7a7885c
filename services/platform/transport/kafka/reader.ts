import { Consumer } from '@platformatic/kafka';
import {
  type IncomingRecord,
  type PollOptions,
  type Reader,
  type ReadOptions,
  TransportError,
} from '../../../../core/mod.ts';
import type { Logger } from '../../log.ts';
import { connectionOptions } from './connection.ts';
import { Fetcher } from './fetcher.ts';
import type { KafkaSettings } from './settings.ts';

/** Reads partitions of its topics, outside any group. */
export class KafkaReader implements Reader {
  readonly #client: Consumer;
  readonly #fetcher: Fetcher;
  readonly #onClose: (reader: KafkaReader) => void;
  #closed = false;

  constructor(
    settings: KafkaSettings,
    logger: Logger,
    { partitions, from, gatherMs = 0 }: ReadOptions,
    counts: ReadonlyMap<string, number>,
    onClose: (reader: KafkaReader) => void,
  ) {
    // it never joins the group that it has to name
    const options = connectionOptions(settings);
    this.#client = new Consumer({ ...options, groupId: `${settings.clientId}-reader` });
    // failures come with the poll that meets them
    this.#client.on('error', () => {});
    this.#onClose = onClose;
    this.#fetcher = new Fetcher(this.#client, options, logger, { gatherMs });
    for (const [topic, count] of counts) {
      for (let partition = 0; partition < count; partition++)
        if (partitions?.includes(partition) ?? true)
          this.#fetcher.seek(topic, partition, from(topic, partition));
    }
  }

  async poll(options: PollOptions): Promise<readonly IncomingRecord[]> {
    if (this.#closed) throw new TransportError('closed', 'The reader is closed.');
    return this.#fetcher.poll(options, () => this.#closed);
  }

  position(topic: string, partition: number): number {
    const cursor = this.#fetcher.cursor(topic, partition);
    if (cursor === undefined)
      throw new TransportError('unknown-topic', `Partition ${partition} of ${topic} is not read.`);
    return cursor.next;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(this);
    await Promise.all([this.#fetcher.close(), this.#client.close(true)]);
  }
}
