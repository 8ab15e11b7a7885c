import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Subprocess } from 'bun';
import { orderTopics, topics } from '../../../core/mod.ts';
import type { Backing } from '../../../services/platform/backing.ts';
import { prepareTopics } from '../../../services/platform/host/prepare.ts';
import { createLogger } from '../../../services/platform/log.ts';
import { describeWithBroker, sharedBroker, uniqueName } from '../../broker/index.ts';
import { readTopic } from '../../support/read-topic.ts';
import { until } from '../../support/until.ts';
import { openNamed, orderOf, orderRecord, PARTITIONS, paymentOf, paymentRecord } from './support.ts';

const program = resolve(import.meta.dir, 'fixtures/service.ts');
const running: Subprocess[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.kill('SIGKILL');
});

interface Place {
  readonly dataDir: string;
  /** What the process is told besides: brokers and prefix. */
  readonly rest: readonly string[];
  readonly backing: Backing;
}

async function place(where: 'embedded' | 'kafka'): Promise<Place> {
  const dataDir = mkdtempSync(join(tmpdir(), 'requite-email-kill-'));
  const rest = where === 'kafka' ? [(await sharedBroker()).brokers, uniqueName('email-kill')] : [];
  return { dataDir, rest, backing: await openNamed(dataDir, ...rest) };
}

function startProcess({ dataDir, rest }: Place): Subprocess {
  const command = [process.execPath, program, dataDir, ...rest];
  const one = Bun.spawn(command, { stdout: 'inherit', stderr: 'inherit' });
  running.push(one);
  return one;
}

function mailsIn(outbox: string): string[] {
  try {
    return readdirSync(outbox).filter((name) => name.endsWith('.eml'));
  } catch {
    return []; // the service has not made it yet
  }
}

/** Kills the service `kills` times, each time when it has written more, and looks at what is there in the end. */
async function killAndCount(where: 'embedded' | 'kafka', count: number, kills: number): Promise<void> {
  const at = await place(where);
  const { backing } = at;
  const outbox = join(at.dataDir, 'outbox');
  await prepareTopics({
    transport: backing.transport,
    partitions: PARTITIONS,
    logger: createLogger({ logLevel: 'silent', logFormat: 'json' }),
    others: [orderTopics.orders, orderTopics.payments],
  });
  const ids = Array.from({ length: count }, (_, index) => `o${index}`);
  await backing.transport.publish(ids.map((id) => orderRecord(orderOf(id))));
  await backing.transport.publish(ids.map((id) => paymentRecord(paymentOf(id))));
  for (let killed = 0; killed < kills; killed++) {
    const before = mailsIn(outbox).length;
    const service = startProcess(at);
    await until('mails being written', () => mailsIn(outbox).length > before);
    service.kill('SIGKILL');
    await service.exited;
    expect(mailsIn(outbox).length).toBeLessThan(count); // or nothing is left to be interrupted
  }
  startProcess(at);
  await until('every mail', () => mailsIn(outbox).length >= count);
  expect(mailsIn(outbox).sort()).toEqual(ids.map((id) => `email-${id}.eml`).sort());
  for (const id of ids) {
    const text = readFileSync(join(outbox, `email-${id}.eml`), 'utf8');
    expect(text).toContain(`\r\nMessage-ID: <email-${id}@requite.example>\r\n`);
    expect(text.endsWith('\r\nRequite Shop\r\n')).toBe(true);
  }
  expect(await readTopic(backing.transport, topics.deadLetters)).toEqual([]);
  await backing.close();
}

test(
  'one mail an order, whole and in its place, though the service is killed three times while it writes',
  () => killAndCount('embedded', 6_000, 3),
  120_000,
);

describeWithBroker('the email service on Kafka', () => {
  test(
    'one mail an order, though it is killed while it writes, and records come again',
    () => killAndCount('kafka', 6_000, 2),
    120_000,
  );
});
