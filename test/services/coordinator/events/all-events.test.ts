import { afterEach, expect, test } from 'bun:test';
import { type JobEvent, partitionFor } from '../../../../core/mod.ts';
import { cleanUp, eventually, newLog, PARTITIONS, type Running, report, start } from '../support.ts';
import { Listener } from './reading.ts';

const listeners: Listener[] = [];

afterEach(async () => {
  for (const listener of listeners.splice(0)) listener.close();
  await cleanUp();
});

const done: JobEvent = { event: 'completed', result: { fine: true } };

async function listen({ url }: Running, after: string | null = null): Promise<Listener> {
  const listener = await Listener.open(`${url}/events`, after);
  listeners.push(listener);
  return listener;
}

const newRun = (coordinator: Running, runId: string): Promise<Response> =>
  coordinator.post({ customerIdentifiers: ['1'], runId });

const hasTold = (listener: Listener, what: string, runId: string, ended: boolean): Promise<void> =>
  eventually(what, () => {
    return listener.of('run').some((run) => run.runId === runId && run.ended === ended);
  });

test('tells first what there is, then of each run that is accepted or ends', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await newRun(coordinator, 'before');
  const listener = await listen(coordinator);
  await hasTold(listener, 'the run that was there', 'before', false);
  await newRun(coordinator, 'after');
  await hasTold(listener, 'the new run', 'after', false);
  await log.publish([report('after_1', 1, 'completed', [done])]);
  await hasTold(listener, 'its end', 'after', true);
  const { runs } = await coordinator.json('/runs');
  const last = listener.of('run').findLast(({ runId }) => runId === 'after');
  expect(runs.find(({ runId }: { runId: string }) => runId === 'after')).toEqual(last);
  expect(listener.state).toBe('open');
});

test('goes on at another coordinator with what changed meanwhile, and nothing else', async () => {
  const log = await newLog();
  const [one, other] = [await start(log), await start(log)];
  for (const runId of ['a', 'b', 'c']) await newRun(one, runId);
  const first = await listen(one);
  await hasTold(first, 'all three', 'c', false);
  await eventually('its position', () => first.position !== null && first.told.length === 3);
  first.close();
  await log.publish([report('b_1', 1, 'completed', [done])]);
  const second = await listen(other, first.position);
  await hasTold(second, 'the end of b', 'b', true);
  await newRun(other, 'd');
  await hasTold(second, 'the next run', 'd', false);
  const runIds = second.of('run').map(({ runId }) => runId);
  expect(runIds).not.toContain('a');
  expect(runIds).not.toContain('c');
});

test('a coordinator that is behind waits until it has come to where the reader was', async () => {
  const log = await newLog();
  const coordinator = await start(log);
  await newRun(coordinator, 'a');
  const first = await listen(coordinator);
  await hasTold(first, 'the run', 'a', false);
  const ends = await log.endOffsets('workflow-events');
  const place = partitionFor('a_1', PARTITIONS);
  const further = ends.map((end, at) => (at === place ? end + 1 : end).toString(36)).join('.');
  const position = String(first.position).replace(/-.*/, `-${further}`);
  // published before anybody asks, so that the log has what the reader has seen
  await log.publish([report('a_1', 1, 'completed', [done])]);
  const second = await listen(coordinator, position);
  await hasTold(second, 'the end', 'a', true);
  expect(second.of('run').every(({ ended }) => ended === true)).toBe(true);
});
