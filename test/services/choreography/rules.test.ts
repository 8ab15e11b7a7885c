import { afterEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import {
  choreographyTopics,
  drawRules,
  type EventRule,
  EventRulesError,
  eventRules,
  fulfilmentFold,
  tableOfRules,
} from '../../../core/mod.ts';
import { startParticipant } from '../../../services/platform/host/choreography.ts';
import { startOn } from '../../support/platform.ts';
import { runCommand, type Said } from '../../support/run-command.ts';
import { onEmbedded, openPlace, settingsOf } from '../orders/support.ts';
import { ChoreographyBench, request } from './support.ts';

const root = resolve(import.meta.dir, '../../..');

let bench: ChoreographyBench | null = null;
let directory: string | null = null;
afterEach(async () => {
  await bench?.close();
  bench = null;
  if (directory !== null) rmSync(directory, { recursive: true, force: true });
  directory = null;
});

function fileWith(rules: unknown): string {
  directory = mkdtempSync(join(tmpdir(), 'requite-rules-'));
  const file = join(directory, 'rules.json');
  writeFileSync(file, JSON.stringify(rules));
  return file;
}

/** `bun run rules …` on this data directory. */
const rules = (dataDir: string, ...words: readonly string[]): Promise<Said> =>
  runCommand('rules', words, { DATA_DIR: dataDir });

/** The checkout's, with invoices once the goods are on their way. */
const later: readonly EventRule[] = [
  ...eventRules.map((rule) => ({
    ...rule,
    targets: rule.targets.filter((target) => target !== 'invoice-service'),
  })),
  { name: 'invoice-what-is-shipped', pattern: { type: ['order_shipped'] }, targets: ['invoice-service'] },
];

describe('bun run rules', () => {
  test('diff says what a change of the rules would do to the system that runs', async () => {
    bench = await ChoreographyBench.make(onEmbedded);
    const orders = await bench.startAll();
    for (const id of ['1', '2', '3']) {
      await request(orders, 'POST', '/order', { id });
      await request(orders, 'GET', `/order/${id}?until=time_logistic_service&timeout=60000`);
    }
    const { dataDir } = bench.place;
    expect(await rules(dataDir, 'diff')).toEqual({
      out: 'The rules are those that the services run with.\nNobody would take other events than now.\n',
      err: '',
      status: 0,
    });
    const changed = await rules(dataDir, 'diff', '--rules', fileWith(later));
    expect(changed).toEqual({
      out: `Rules:
+ invoice-what-is-shipped
~ each-order-is-worked-on

Targets, counted over the last 9 events on events:
  invoice-service: takes all → none of order_created from order_service; loses 3
  invoice-service: takes none → all of order_shipped from logistic_service; gains 3
`,
      err: '',
      status: 1,
    });
  }, 60_000);

  test('diff says what to do where nothing runs yet', async () => {
    directory = mkdtempSync(join(tmpdir(), 'requite-rules-'));
    const found = await rules(directory, 'diff');
    expect([found.status, found.err]).toEqual([3, expect.stringContaining('There is no log in')]);
  });

  test('show has the rules as a table, draw as a picture, of other rules too', async () => {
    const file = fileWith(later);
    expect((await rules('unused', 'show')).out).toBe(tableOfRules(eventRules));
    expect((await rules('unused', 'draw')).out).toBe(drawRules(eventRules));
    expect((await rules('unused', 'draw', '--rules', file)).out).toBe(drawRules(later));
  });

  test('rules that can’t be run with are refused with all that is wrong', async () => {
    const bad = [...eventRules, { name: 'r', pattern: { type: ['order_made'] }, targets: ['billing'] }];
    const found = await rules('unused', 'show', '--rules', fileWith(bad));
    expect([found.status, found.out]).toEqual([2, '']);
    expect(found.err).toContain('there is no service "billing"');
    expect(found.err).toContain('no events of type "order_made"');
  });

  test('a word that it does not know ends with how to use it', async () => {
    for (const words of [['paint'], ['diff', '--lst', '5'], ['diff', '--last', 'x'], ['show', '--rules']]) {
      const found = await rules('unused', ...words);
      expect([words, found.status, found.err]).toEqual([
        words,
        2,
        expect.stringContaining('bun run rules --help'),
      ]);
    }
  });
});

test('a service refuses to start with bad rules, before it makes anything', async () => {
  const place = await onEmbedded();
  const backing = await openPlace(place);
  const bad = [{ name: 'r', pattern: { type: ['order_shipped'] }, targets: ['fulfilment-service'] }];
  const starting = startOn(
    (platform) =>
      startParticipant(platform, 'fulfilment-service', (each) => ({ orders: fulfilmentFold(each) }), bad),
    { settings: settingsOf(place), backing, logger: pino({ level: 'silent' }) },
  );
  expect(await starting.catch((error: unknown) => error)).toBeInstanceOf(EventRulesError);
  await expect(backing.transport.endOffsets(choreographyTopics.eventRules)).rejects.toThrow();
  await backing.close();
  rmSync(place.dataDir, { recursive: true, force: true });
});

test('the picture and the table in docs/choreography.md are of the rules as they are: bun run rules draw --write', () => {
  const page = readFileSync(join(root, 'docs', 'choreography.md'), 'utf8');
  expect(page).toContain(`\`\`\`mermaid\n${drawRules(eventRules)}\`\`\``);
  expect(page).toContain(tableOfRules(eventRules));
});
