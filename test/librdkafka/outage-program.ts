/**
 * A broker that goes away and comes back, as a program for whichever runtime runs it. Who starts it kills and starts
 * the broker when asked to on standard output, and says so on standard input.
 */
import type { Logger } from '../../services/platform/log.ts';
import { kafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { openLibrdkafka } from '../../services/platform/transport/librdkafka/open.ts';
import { eventually, failure, record, take, values } from '../contracts/support.ts';
import { expect } from './runner.ts';
import { please, story } from './teller.ts';

const topic = 'events';
const QUIET_MS = 4_000;
let said = 0;
const counting: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => said++,
  error: () => said++,
  child: () => counting,
  isLevelEnabled: () => false,
};

await story<string>('outage', async (brokers) => {
  const settings = kafkaSettings(brokers, {
    client: 'librdkafka',
    sessionTimeoutMs: 6_000,
    requestTimeoutMs: 2_000,
  });
  const transport = await openLibrdkafka(settings, counting);
  await transport.createTopics([{ name: topic, partitions: 2 }]);
  const member = await transport.join({ group: 'g', topics: [topic] });
  const reader = await transport.read({ topics: [topic], from: () => 0 });
  await transport.publish([record(topic, 0, 'before')]);
  const [first] = await take(member, 1);
  const offsets = [{ topic, partition: 0, offset: (first?.offset ?? 0) + 1 }];
  await member.commit({ records: [], offsets });
  expect(values(await take(reader, 1))).toEqual(['before']);

  const leaving = await openLibrdkafka(settings, counting);
  await leaving.publish([record(topic, 0, 'here')]);
  expect(values(await take(reader, 1))).toEqual(['here']);

  await please('kill');
  const unanswered = failure(leaving.publish([record(topic, 0, 'gone')]));
  await leaving.close();
  expect(['unavailable', 'closed'].includes(String(await unanswered))).toBe(true);
  const poll = { maxRecords: 10, waitMs: 50 };
  await eventually('the member to say so', async () => (await failure(member.poll(poll))) === 'unavailable');
  await eventually('the reader to say so', async () => (await failure(reader.poll(poll))) === 'unavailable');
  const begun = performance.now();
  expect(await failure(transport.publish([record(topic, 0, 'lost')]))).toBe('unavailable');
  expect(performance.now() - begun).toBeLessThanOrEqual(10_000);
  const refused = await failure(member.commit({ records: [], offsets }));
  expect(['unavailable', 'fenced'].includes(String(refused))).toBe(true);
  await eventually('some quiet', () => performance.now() - begun > QUIET_MS);
  expect(said).toBeLessThanOrEqual(3);

  await please('start');
  await eventually('publishing', async () => {
    return (await failure(transport.publish([record(topic, 1, 'after')]))) === 'no failure';
  });
  for (const consumer of [member, reader]) {
    const seen = new Set<unknown>();
    await eventually('what was published', async () => {
      const polled = await consumer.poll(poll).catch(() => []); // it may be away for a moment yet
      for (const each of values(polled)) seen.add(each);
      return seen.has('after');
    });
  }
  await eventually('the group to take commits', async () => {
    await member.poll(poll).catch(() => []); // it may be away for a moment yet
    const after = { topic, partition: 1, offset: 1 };
    return (await failure(member.commit({ records: [], offsets: [after] }))) === 'no failure';
  });
  await transport.close();
});
