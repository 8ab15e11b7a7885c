import { expect, test } from 'bun:test';
import { pino } from 'pino';
import { levelled } from '../../../services/platform/levelled-logger.ts';

test('a level counts for a service and all loggers that it has made, and for nobody else', () => {
  const lines: string[] = [];
  const root = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line).msg) });
  const { logger, setLevel } = levelled(root, 'info');
  const other = levelled(root, 'info').logger;
  const child = logger.child({ service: 'crm' }).child({ group: 'crm' });
  child.debug({}, 'too early');
  setLevel('debug');
  child.debug({}, 'now');
  other.debug({}, 'another service');
  expect([
    child.isLevelEnabled('debug'),
    child.isLevelEnabled('trace'),
    other.isLevelEnabled('debug'),
  ]).toEqual([true, false, false]);
  setLevel('error');
  child.info('a sentence alone');
  child.warn({}, 'too little');
  child.error({}, 'enough');
  setLevel('silent');
  child.error({}, 'never');
  expect(lines).toEqual(['now', 'enough']);
});

test('fields of a logger and of those above it are in its lines', () => {
  const lines: string[] = [];
  const root = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  levelled(root.child({ service: 'crm' }), 'info')
    .logger.child({ group: 'g' })
    .info({ count: 3 }, 'x');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ service: 'crm', group: 'g', count: 3, msg: 'x' });
});
