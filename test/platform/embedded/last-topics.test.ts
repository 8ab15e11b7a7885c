import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../../../services/platform/transport/embedded/open.ts';
import { until } from '../../support/until.ts';

const directory = mkdtempSync(join(tmpdir(), 'requite-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('a topic that comes last gets what the others leave of a batch', async () => {
  const { transport, close } = openEmbedded(directory);
  const records = (topic: string, count: number) =>
    Array.from({ length: count }, (_, at) => ({ topic, partition: 0, key: 'a', value: `${topic} ${at}` }));
  await transport.createTopics(['queue', 'answers'].map((name) => ({ name, partitions: 1 })));
  await transport.publish([...records('queue', 9), ...records('answers', 3)]);
  const consumer = await transport.join({ group: 'g', topics: ['queue', 'answers'], last: ['queue'] });
  const values: unknown[] = [];
  await until('a first batch', async () => {
    for (const { value } of await consumer.poll({ maxRecords: 5, waitMs: 100 })) values.push(value);
    return values.length > 0;
  });
  expect(values.toSorted()).toEqual(['answers 0', 'answers 1', 'answers 2', 'queue 0', 'queue 1']);
  await close();
});
