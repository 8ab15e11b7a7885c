import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { foldInput, type KeyedFold, partitionFor, topics } from '../../../../core/mod.ts';
import { openBacking } from '../../../../services/platform/backing.ts';
import { serveFold } from '../../../../services/platform/host/folds.ts';
import { createLogger } from '../../../../services/platform/log.ts';
import { jobsTopicOf } from '../../../../services/platform/store/kafka/jobs-topic.ts';
import { kafkaSettings } from '../../../../services/platform/transport/kafka/settings.ts';
import { describeWithCluster } from '../../../broker/index.ts';
import { emptyCluster } from '../../../story/cluster.ts';
import { readTopic } from '../../../support/read-topic.ts';
import { until } from '../../../support/until.ts';

const PARTITIONS = 2;
const BROKERS_LIMIT = 20_000;
/** More than this client sends, whatever the topic takes. */
const CLIENTS_LIMIT = 8 * 1024 * 1024;

/** Keeps the last length of each page that it was told, as so much text. */
const pages: KeyedFold<{ page: string; length: number }, { text: string }> = {
  name: 'pages',
  inputs: [
    foldInput('pages-in', Type.Object({ page: Type.String(), length: Type.Integer() }), {
      toMessage: (message): { page: string; length: number } => message,
      keyOf: ({ page }) => page,
    }),
  ],
  keysOf: ({ page }) => [page],
  fold: ({ page, length }, states) => {
    states.set(page, { text: 'x'.repeat(length) });
    return [{ topic: 'pages-out', key: page, value: length }];
  },
};

describeWithCluster('a job that is larger than a record may be', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  test('is put aside, whether the broker refuses it or the client, and stops nothing (invariant 8)', async () => {
    const { brokers } = await emptyCluster();
    const dataDir = mkdtempSync(join(tmpdir(), 'requite-'));
    ends.push(() => rmSync(dataDir, { recursive: true }));
    const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
    const backing = await openBacking({ dataDir, kafka: kafkaSettings(brokers), jobStore: 'kafka' }, logger);
    ends.push(() => backing.close());
    const { transport } = backing;
    const compacted = { compacted: true, maxRecordBytes: BROKERS_LIMIT } as const;
    await transport.createTopics([{ name: jobsTopicOf(pages.name), partitions: PARTITIONS, ...compacted }]);
    const host = await serveFold(pages, { backing, partitions: PARTITIONS, topics: ['pages-out'], logger });
    ends.push(() => host.stop());

    const lengths = [10, BROKERS_LIMIT + 1, 20, CLIENTS_LIMIT + 1, 30, 40, 50, BROKERS_LIMIT + 2, 60];
    const messages = lengths.map((length) => {
      const page = `page-${length}`;
      const value = JSON.stringify({ page, length });
      return { topic: 'pages-in', partition: partitionFor(page, PARTITIONS), key: page, value };
    });
    await transport.publish(messages);
    const fitting = lengths.filter((length) => length < BROKERS_LIMIT).map(String);
    await until('all others', async () => (await readTopic(transport, 'pages-out')).length >= fitting.length);
    await until(
      'all to be put aside',
      async () => (await readTopic(transport, topics.deadLetters)).length >= 3,
    );
    const written = await readTopic(transport, 'pages-out');
    expect(written.map(({ value }) => value).sort()).toEqual(fitting.sort());
    const letters = await readTopic(transport, topics.deadLetters);
    expect(letters.map(({ headers }) => headers['requite-reason'])).toEqual(
      Array.from({ length: 3 }, () => 'processing-failed'),
    );
  }, 90_000);
});
