import { describe, expect, test } from 'bun:test';
import { eventRules } from '../../../../core/mod.ts';
import { flow } from '../../../../services/coordinator/dashboard/components/flow.ts';
import { hexDump } from '../../../../services/coordinator/dashboard/pages/system/hex-dump.ts';
import { ranges } from '../../../../services/coordinator/dashboard/pages/system/ranges.ts';
import { kept } from '../../../../services/coordinator/system/kept.ts';
import { channelsOf, eventChannels, topicChannels } from '../../../../services/coordinator/system/wiring.ts';

describe('what goes between services', () => {
  const of = (name: string) => topicChannels('bus').find((each) => each.name === name);

  test('is what the lists of the ACLs say: a question goes from who asks to who answers', () => {
    expect(of('questions-topic')?.senders).toContain('engine');
    expect(of('questions-topic')?.receivers).toContain('crm');
    expect(of('answers-topic')?.senders).toContain('crm');
    expect(of('answers-topic')?.receivers).not.toContain('crm');
  });

  test('does not show the coordinator as sending what it only puts back', () => {
    for (const topic of ['answers-topic', 'questions-topic', 'workflow-events'])
      expect(of(topic)?.senders).not.toContain('coordinator');
    expect(of('workflow-queue')?.senders).toContain('coordinator');
  });

  test('has the bus by the name that it has here, and no topic that everybody writes', () => {
    expect(of('bus')?.senders).toContain('orders-service');
    expect(of('events')).toBeUndefined();
    expect(of('dead-letters')).toBeUndefined();
  });

  test('of events is what the rules say', () => {
    const shipped = eventChannels(eventRules).find(({ name }) => name === 'order_shipped');
    expect(shipped).toEqual({
      name: 'order_shipped',
      senders: ['logistic-service'],
      receivers: ['orders-service'],
    });
  });

  test('is left out where none of the services has to do with it', () => {
    expect(
      channelsOf(['crm'], topicChannels('bus'))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['answers-topic', 'customers', 'questions-topic']);
  });
});

test('a drawing has a way for each sender and receiver, and names are text', () => {
  const name = '<b>"much too long a name for a small box</b>';
  const nodes = [
    { name, shape: 'alive', count: 2 },
    { name: 'other', shape: 'gone', count: 0 },
  ] as const;
  const { text } = flow(
    nodes,
    [{ name: 't', senders: [name], receivers: [name, 'other'] }],
    'Topic',
    'A drawing',
  );
  expect(text.match(/data-way=/g)).toHaveLength(3);
  expect(text.match(/class="way is-away"/g)).toHaveLength(1);
  expect(text).not.toContain('<b>');
  expect(text).toContain('×2');
  expect(text).not.toContain('NaN');
});

test('partitions are told in short', () => {
  expect([[], [3], [0, 1, 2], [0, 1, 3, 5, 6]].map(ranges)).toEqual(['', '3', '0–2', '0–1, 3, 5–6']);
});

test('bytes are told by offset, in hexadecimal and ASCII', () => {
  expect(hexDump(new Uint8Array())).toBe('');
  const lines = hexDump(
    new Uint8Array([...'sixteen bytes at'].map((each) => each.charCodeAt(0)).concat([0, 0xff])),
  ).split('\n');
  expect(lines[0]).toBe('000000  73 69 78 74 65 65 6e 20 62 79 74 65 73 20 61 74  sixteen bytes at');
  expect(lines[1]).toBe(`000010  00 ff${' '.repeat(42)}  ..`);
});

test('what is kept is asked again only when it is old', async () => {
  let now = 0;
  let asked = 0;
  const ask = kept(
    100,
    async () => ++asked,
    () => now,
  );
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  now = 99;
  expect(await ask()).toBe(1);
  now = 100;
  expect(await ask()).toBe(2);
});
