// A row of a topic: publishes its record, sees that a good one behind it is worked on, and where the bad one ended.
import { expect } from 'bun:test';
import {
  type IncomingRecord,
  type OutgoingRecord,
  type Payload,
  parseQaIdentifier,
  partitionFor,
  topics,
} from '../../core/mod.ts';
import { until } from '../support/until.ts';
import { expand, inputOf, type Names } from './inputs.ts';
import { type HardeningLab, PARTITIONS } from './lab.ts';
import { jobIs, type Place } from './places.ts';
import type { Row } from './table.ts';

/** The header by which what comes of a row's record is known again: dead letters and moved records keep it. */
const ROW = 'x-row';

/** A record that is on its way, and what was counted before it came. */
interface Sent {
  readonly lab: HardeningLab;
  readonly row: Row;
  readonly place: Place;
  readonly record: OutgoingRecord;
  /** The id of whatever it is about. */
  readonly id: string;
}

export async function tryTopicRow(row: Row, place: Place, lab: HardeningLab, names: Names): Promise<void> {
  const sent = { lab, row, place, ...recordOf(row, place, { ...names, id: `row-${row.id}` }) };
  const check = expectation(sent);
  await check.begin?.();
  await lab.publish(sent.record);
  await place.goesOn(lab, sent.record.partition);
  await check.end();
  if (!row.expected.startsWith('dead letter')) expect(await lettersOf(sent)).toEqual([]);
}

function recordOf(
  row: Row,
  place: Place,
  names: Names,
): { readonly record: OutgoingRecord; readonly id: string } {
  const [input = '', ...how] = row.input;
  const own = names.id ?? '';
  const value = inputOf(input, () => place.good(own), names);
  const id = idIn(value, place.keyField) ?? own;
  const home = partitionFor(id, PARTITIONS);
  const options = new Map(how.map((each) => optionOf(expand(each, names))));
  const partition = options.get('partition') === 'other' ? (home + 1) % PARTITIONS : home;
  const [name, header] = (options.get('header') ?? '').split(/=(.*)/s);
  const headers = { [ROW]: row.id, ...(name ? { [name]: header ?? '' } : {}) };
  return { id, record: { topic: row.where, partition, key: keyOf(options.get('key'), id), value, headers } };
}

function optionOf(text: string): readonly [name: string, value: string] {
  const [name = '', value = ''] = text.split(/:(.*)/s);
  if (!['key', 'partition', 'header'].includes(name)) throw new Error(`"${text}" says nothing that is known`);
  return [name, value];
}

function keyOf(option: string | undefined, id: string): Payload {
  if (option === undefined) return id;
  if (option === 'null') return null;
  return option.startsWith('hex:') ? Uint8Array.from(Buffer.from(option.slice(4), 'hex')) : option;
}

/** The id by which the message has its partition, where it can be read and has one. */
function idIn(value: Payload, keyField: string): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('{') || !value.endsWith('}')) return undefined;
  const field = (JSON.parse(value) as Readonly<Record<string, unknown>>)[keyField];
  if (typeof field !== 'string' || field === '') return undefined;
  return keyField === 'qaIdentifier' ? parseQaIdentifier(field)?.workflowId : field;
}

interface Expectation {
  /** Before the record is published. */
  readonly begin?: () => Promise<void>;
  readonly end: () => Promise<void>;
}

function expectation(sent: Sent): Expectation {
  const { expected } = sent.row;
  const [, letter] = /^dead letter (\S+)$/.exec(expected) ?? [];
  if (letter !== undefined) return { end: () => isDeadLetter(sent, letter) };
  const [, failure] = /^fails (\S+)$/.exec(expected) ?? [];
  if (failure !== undefined) return { end: () => fails(sent, failure) };
  const [, error] = /^error answer (\S+)$/.exec(expected) ?? [];
  if (error !== undefined) return { end: () => isAnsweredWithError(sent, error) };
  const [, skipped] = /^skipped (\S+)$/.exec(expected) ?? [];
  if (skipped !== undefined) return counted(() => skippedCount(sent, skipped));
  const outcome = OUTCOMES.get(expected);
  if (outcome !== undefined) {
    const { lab, row, place } = sent;
    return counted(() => lab.ended(place.group, row.where, outcome));
  }
  switch (expected) {
    case 'bill':
      return { end: () => isBilled(sent) };
    case 'left out':
      return { end: () => isLeftOut(sent) };
    case 'passed over':
      return { end: () => isPassedOver(sent) };
    default:
      throw new Error(`row ${sent.row.id}: "${expected}" is no end of a record that this test knows`);
  }
}

const OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['not ours', 'notOurs'],
  ['repeat', 'repeat'],
  ['moved home', 'moved'],
]);

/** Something is counted once more than before. */
function counted(count: () => Promise<number>): Expectation {
  let before = 0;
  return {
    begin: async () => {
      before = await count();
    },
    end: async () => {
      await until('it to be counted', async () => (await count()) > before);
    },
  };
}

async function lettersOf({ lab, row, record }: Sent): Promise<readonly IncomingRecord[]> {
  const letters = await lab.all(topics.deadLetters);
  const own = letters.filter(({ headers }) => headers[ROW] === row.id);
  if (own.length > 0 || !row.expected.endsWith('no-such-job')) return own;
  // what came too early and was given up is told by what it said, not as it came
  return letters.filter(
    ({ headers, key }) =>
      key === record.key &&
      headers['requite-origin-topic'] === row.where &&
      headers['requite-reason'] === 'no-such-job',
  );
}

const bytesOf = (payload: Payload): Buffer | null => (payload === null ? null : Buffer.from(payload));

async function isDeadLetter(sent: Sent, reason: string): Promise<void> {
  const { record, row } = sent;
  const letters = await until(`the dead letter of ${row.id}`, async () => {
    const found = await lettersOf(sent);
    return found.length > 0 && found;
  });
  expect(letters.map(({ headers }) => headers['requite-reason'])).toEqual([reason]);
  const [letter] = letters;
  if (letter?.headers[ROW] === undefined) return;
  expect(bytesOf(letter.key)).toEqual(bytesOf(record.key));
  expect(bytesOf(letter.value)).toEqual(bytesOf(record.value));
  expect(letter.headers).toMatchObject({
    'requite-origin-topic': record.topic,
    'requite-origin-partition': String(record.partition),
  });
  expect(letter.headers['requite-detail']?.length).toBeGreaterThan(10);
}

async function fails({ lab, id }: Sent, code: string): Promise<void> {
  const { problem } = await jobIs(lab, id, 'failed');
  expect(problem).toMatchObject({ code });
}

async function isBilled({ lab, id }: Sent): Promise<void> {
  await jobIs(lab, id, 'completed');
  const response = await fetch(`${lab.url('coordinator')}/bills/${encodeURIComponent(id)}`);
  expect([response.status, (await response.text()).length > 200]).toEqual([200, true]);
}

async function isAnsweredWithError({ lab, record }: Sent, code: string): Promise<void> {
  const { qaIdentifier } = JSON.parse(String(record.value)) as { qaIdentifier: string };
  const answers = await lab.all(topics.answers);
  const found = answers
    .map(({ value }) => valueIn(value))
    .filter((each) => each?.qaIdentifier === qaIdentifier);
  expect(found).toMatchObject([{ error: { code } }]);
}

function valueIn(value: Payload): { readonly qaIdentifier?: unknown } | null {
  try {
    return JSON.parse(String(value)) as { readonly qaIdentifier?: unknown } | null;
  } catch {
    // a row of its own put that there
    return null;
  }
}

async function skippedCount({ lab, row }: Sent, reason: string): Promise<number> {
  const text = await (await fetch(`${lab.url('coordinator')}/metrics`)).text();
  const line = `coordinator_view_skipped_records{topic="${row.where}",reason="${reason}"} `;
  const found = text.split('\n').find((each) => each.startsWith(line));
  return found === undefined ? 0 : Number(found.slice(line.length));
}

async function isLeftOut({ lab, record, id }: Sent): Promise<void> {
  for (const key of new Set([id, typeof record.key === 'string' ? record.key : id])) {
    const response = await fetch(`${lab.url('crm')}/customers/${encodeURIComponent(key)}`);
    expect(response.status).toBe(404);
  }
}

async function isPassedOver({ lab, id, record }: Sent): Promise<void> {
  const known = lab.platform.discovery.all().map(({ service }) => service);
  expect(known).not.toContain(id);
  expect(known).not.toContain(String(record.key));
}
