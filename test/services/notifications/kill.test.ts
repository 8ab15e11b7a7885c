import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Subprocess } from 'bun';
import { NOTIFICATIONS_TOPIC, orderTopics, topics } from '../../../core/mod.ts';
import type { Backing } from '../../../services/platform/backing.ts';
import { prepareTopics } from '../../../services/platform/host/prepare.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { describeWithBroker, sharedBroker, uniqueName } from '../../broker/index.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import { openNamed } from '../email/support.ts';
import { TestReceiver } from './receiver.ts';
import { orderOf, orderRecord, outboxIn, PARTITIONS } from './support.ts';

const program = resolve(import.meta.dir, 'fixtures/service.ts');
const running: Subprocess[] = [];
const receivers: TestReceiver[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) one.kill('SIGKILL');
  for (const one of receivers.splice(0)) await one.close();
});

interface Place {
  readonly dataDir: string;
  readonly receiver: TestReceiver;
  /** What the process is told besides: brokers and prefix. */
  readonly rest: readonly string[];
  readonly backing: Backing;
}

async function place(where: 'embedded' | 'kafka'): Promise<Place> {
  const dataDir = mkdtempSync(join(tmpdir(), 'requite-notifications-kill-'));
  const rest = where === 'kafka' ? [(await sharedBroker()).brokers, uniqueName('notifications-kill')] : [];
  // every third is answered 500 at first, so that jobs sleep when the service dies
  const receiver = new TestReceiver(({ orderId }, before) =>
    Number(orderId.slice(1)) % 3 === 0 && before.length === 0 ? 500 : 200,
  );
  receivers.push(receiver);
  return { dataDir, receiver, rest, backing: await openNamed(dataDir, ...rest) };
}

function startProcess({ dataDir, receiver, rest }: Place): Subprocess {
  const command = [process.execPath, program, dataDir, receiver.url, ...rest];
  const one = Bun.spawn(command, { stdout: 'inherit', stderr: 'inherit' });
  running.push(one);
  return one;
}

/** Kills the service `kills` times, each time when it has written more, and looks at what is there in the end. */
async function killAndCount(where: 'embedded' | 'kafka', count: number, kills: number): Promise<void> {
  const at = await place(where);
  const { backing, receiver } = at;
  const outbox = join(at.dataDir, 'outbox');
  await prepareTopics({
    transport: backing.transport,
    partitions: PARTITIONS,
    logger: createLogger({ logLevel: 'silent', logFormat: 'json' }),
    others: [orderTopics.orders, NOTIFICATIONS_TOPIC],
  });
  const ids = Array.from({ length: count }, (_, index) => `o${index}`);
  await backing.transport.publish(ids.map((id) => orderRecord(orderOf(id))));
  for (let killed = 0; killed < kills; killed++) {
    const before = { mails: outboxIn(outbox).length, posts: receiver.got.length };
    const service = startProcess(at);
    await until(
      'mails being written and POSTs being made',
      () => outboxIn(outbox).length > before.mails && receiver.got.length > before.posts,
    );
    service.kill('SIGKILL');
    await service.exited;
    expect(receiver.orders().length).toBeLessThan(count); // or nothing is left to be interrupted
  }
  startProcess(at);
  await until('every mail', () => outboxIn(outbox).length >= count, 100_000);
  await until('every webhook', () => receiver.orders().length >= count, 100_000);
  expect(outboxIn(outbox).sort()).toEqual(ids.map((id) => `notification-mail-${id}.eml`).sort());
  for (const id of ids) {
    const text = readFileSync(join(outbox, 'notifications', `notification-mail-${id}.eml`), 'utf8');
    expect(text).toContain(`\r\nMessage-ID: <placed-${id}@requite.example>\r\n`);
    expect(text.endsWith('\r\nRequite Shop\r\n')).toBe(true);
  }
  // a failed attempt comes again, too
  await until('the second attempts', () =>
    ids.every((id, at) => at % 3 !== 0 || receiver.of(id).length >= 2),
  );
  for (const id of ids) {
    const got = receiver.of(id);
    expect(new Set(got.map((each) => each.id)).size).toBe(1);
    expect(new Set(got.map((each) => each.body)).size).toBe(1);
    expect(got.every(({ isSigned }) => isSigned)).toBe(true);
  }
  expect(new Set(receiver.got.map(({ id }) => id)).size).toBe(count);
  const letters = await readTopic(backing.transport, topics.deadLetters);
  // an attempt that is made again may come out otherwise: the first answer stands, and the other is evidence
  const reasons = new Set(letters.map(({ headers }) => headers['requite-reason']));
  reasons.delete('contradicts-first-answer');
  expect([...reasons]).toEqual([]);
  await backing.close();
}

test(
  'a mail exactly once and a webhook at least once under one id, though the service is killed three times',
  () => killAndCount('embedded', 2_000, 3),
  240_000,
);

describeWithBroker('the notification service on Kafka', () => {
  test(
    'a mail exactly once and a webhook at least once under one id, though it is killed',
    () => killAndCount('kafka', 2_000, 2),
    240_000,
  );
});
