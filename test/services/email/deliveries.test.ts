import { expect, test } from 'bun:test';
import { pino } from 'pino';
import type { OrderMail } from '../../../core/mod.ts';
import { Deliveries, type DeliveryLimits } from '../../../services/platform/mail/deliveries.ts';
import { type Verdict, verdictOf } from '../../../services/platform/mail/smtp.ts';
import { until } from '../../support/until.ts';

const mailOf = (id: string): OrderMail => ({
  messageId: `<${id}@example.com>`,
  date: '2026-11-03T10:11:12.345Z',
  to: `${id}@example.com`,
  subject: 'a mail',
  text: 'a text\n',
});
const away: Verdict = { kind: 'away', reason: 'connect ECONNREFUSED' };
const deferred: Verdict = { kind: 'deferred', reply: '450 later' };
const sent: Verdict = { kind: 'sent' };

/** Deliveries over a server that gives these verdicts in turn, and the last of them for ever. */
function deliveriesFor(
  verdicts: readonly Verdict[],
  limits: Partial<DeliveryLimits> = {},
): { readonly deliveries: Deliveries; readonly sends: string[]; readonly logged: string[] } {
  const sends: string[] = [];
  const logged: string[] = [];
  const logger = pino(
    { level: 'info' },
    { write: (line: string) => void logged.push((JSON.parse(line) as { msg: string }).msg) },
  );
  const send = async ({ messageId }: OrderMail): Promise<Verdict> =>
    verdicts[Math.min(sends.push(messageId), verdicts.length) - 1] ?? sent;
  const quick = { firstBackoffMs: 1, maxBackoffMs: 2, maxDeferralMs: 2, ...limits };
  return { deliveries: new Deliveries(send, logger, quick), sends, logged };
}

test('a mail is tried again until its server takes it', async () => {
  const { deliveries, sends, logged } = deliveriesFor([away, away, deferred, away, sent]);
  const delivery = deliveries.deliver(mailOf('a'), 0);
  expect(delivery.ended).toBeNull();
  await delivery.over;
  expect(delivery.ended).toEqual({ kind: 'sent' });
  expect(sends.length).toBe(5);
  expect(deliveries.problem).toBeNull();
  const waits = ['waiting for the mail server', 'the mail server answers'];
  expect(logged).toEqual([...waits, ...waits]);
});

test('a mail that is deferred for too long is refused with the last reply: it may not stop its partition', async () => {
  const { deliveries } = deliveriesFor([deferred], { deferredForMs: 20 });
  const delivery = deliveries.deliver(mailOf('a'), 0);
  await delivery.over;
  expect(delivery.ended).toEqual({ kind: 'refused', reason: 'mail-deferred', detail: '450 later' });
});

test('a server that is away is waited for without an end', async () => {
  const { deliveries, sends } = deliveriesFor([away], { deferredForMs: 0 });
  const delivery = deliveries.deliver(mailOf('a'), 0);
  await until('many tries', () => sends.length > 20);
  expect(delivery.ended).toBeNull();
  expect(deliveries.problem).toBe('waiting for the mail server: connect ECONNREFUSED');
  deliveries.stop();
  await delivery.over;
  expect(delivery.ended).toBeNull();
});

test('a mail that is on its way, or was just sent, is not begun a second time', async () => {
  const { deliveries, sends } = deliveriesFor([sent]);
  const [one, two] = [deliveries.deliver(mailOf('a'), 0), deliveries.deliver(mailOf('a'), 0)];
  await Promise.all([one.over, two.over]);
  one.isCommitted = true;
  await deliveries.deliver(mailOf('a'), 0).over;
  expect(sends).toEqual(['<a@example.com>']);
});

test('the mails of a lost partition are given up, and begun anew when it comes back', async () => {
  const { deliveries, sends } = deliveriesFor([away]);
  const [lost, kept] = [deliveries.deliver(mailOf('a'), 1), deliveries.deliver(mailOf('b'), 2)];
  deliveries.giveUp([1]);
  await lost.over;
  expect(lost.ended).toBeNull();
  const before = sends.filter((each) => each === '<a@example.com>').length;
  const tries = sends.length;
  await until('the other to be tried on', () => sends.length > tries + 5);
  expect(sends.filter((each) => each === '<a@example.com>').length).toBe(before);
  expect(deliveries.deliver(mailOf('a'), 1)).not.toBe(lost);
  expect(deliveries.deliver(mailOf('b'), 2)).toBe(kept);
  deliveries.stop();
});

const replied = (command: string, responseCode: number) => ({
  name: 'Error',
  message: 'Failed',
  code: 'EENVELOPE',
  command,
  responseCode,
  response: `${responseCode} a reply`,
});
const judged: readonly [string, Parameters<typeof verdictOf>[0], Verdict['kind']][] = [
  ['a recipient that is not there', replied('RCPT TO', 550), 'refused'],
  ['a recipient to try again', replied('RCPT TO', 451), 'deferred'],
  ['content that is not wanted', replied('DATA', 554), 'refused'],
  ['content to try again', replied('DATA', 452), 'deferred'],
  ['a mail too large to be announced', replied('MAIL FROM', 552), 'refused'],
  ['a sender that is not wanted', replied('MAIL FROM', 550), 'away'],
  ['a server that is full', replied('MAIL FROM', 452), 'away'],
  ['a server that closes', replied('RCPT TO', 421), 'away'],
  ['a server that wants a sign-in', replied('RCPT TO', 530), 'away'],
  ['a wrong password', replied('AUTH PLAIN', 535), 'away'],
  ['a greeting that is none', replied('CONN', 554), 'away'],
  ['no connection', { name: 'Error', message: 'connect', code: 'ECONNECTION', command: 'CONN' }, 'away'],
  ['silence', { name: 'Error', message: 'Timeout', code: 'ETIMEDOUT' }, 'away'],
  ['a recipient that SMTP has no words for', { name: 'Error', message: 'x', code: 'EENVELOPE' }, 'refused'],
];
for (const [what, error, kind] of judged) {
  test(`${what}: ${kind}`, () => expect(verdictOf(error).kind).toBe(kind));
}
