import { describe, expect, test } from 'bun:test';
import { Parser } from '@asyncapi/parser';
import { asyncApiDocument } from '../../../services/platform/asyncapi/document.ts';
import { jobGroups } from '../../../services/platform/asyncapi/operations.ts';
import { topicsPage } from '../../../services/platform/asyncapi/page.ts';
import { aclRules, listedServices } from '../../../services/platform/topics/acl-rules.ts';
import { jobTopicSpecs, ourTopicSpecs } from '../../../services/platform/topics/ours.ts';
import { RecordChecks } from './record-checks.ts';

const document = asyncApiDocument({ partitions: 12 });

test('its official parser finds nothing to say about it', async () => {
  const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
  expect(diagnostics.map(({ code, message, path }) => ({ code, message, path: path.join('.') }))).toEqual([]);
  expect(parsed?.channels().all()).toHaveLength(Object.keys(document.channels).length);
  // all references lead somewhere
  expect(
    parsed
      ?.operations()
      .all()
      .every((each) => each.channels().all().length === 1),
  ).toBe(true);
});

test('every topic that the code knows is in it, and none else', () => {
  const described = Object.values(document.channels).flatMap(({ address }) =>
    address === 'jobs-{group}' ? jobGroups.map((group) => `jobs-${group}`) : [address],
  );
  const known = [...ourTopicSpecs(1), ...jobTopicSpecs(1)].map(({ name }) => name);
  expect(described.sort()).toEqual(known.sort());
});

test('whoever sends or receives by it may do so by the ACLs, and whoever may is in it', () => {
  const inDocument = Object.values(document.operations).map(({ action, channel, tags }) => {
    const { address } = document.channels[channel.$ref.split('/').at(-1) ?? ''] ?? { address: '' };
    return `${tags[0]?.name} ${action} ${address}`;
  });
  const everyProcess = ['instances', 'configuration'];
  const byAcls = listedServices.flatMap((service) =>
    aclRules([service], { jobsInKafka: true }).flatMap(({ resource, name, operation }) => {
      if (resource !== 'topic' || (operation !== 'Read' && operation !== 'Write')) return [];
      const action = operation === 'Read' ? 'receive' : 'send';
      if (everyProcess.includes(name)) return [`every-process ${action} ${name}`];
      return [`${service} ${action} ${name.replace(/^jobs-.*/, 'jobs-{group}')}`];
    }),
  );
  const own = inDocument.filter((each) => !/^configuration-service .* configuration$/.test(each));
  expect([...new Set(own)].sort()).toEqual([...new Set(byAcls)].sort());
});

test('every topic has a sender and a receiver, or says who outside of our services is', () => {
  for (const [id, { description }] of Object.entries(document.channels)) {
    const uses = Object.values(document.operations).filter(
      ({ channel }) => channel.$ref === `#/channels/${id}`,
    );
    const isMoved = /moves records to their home/;
    const sends = uses.some(({ action, summary }) => action === 'send' && !isMoved.test(summary));
    const receives = uses.some(({ action }) => action === 'receive');
    expect({ id, sends, receives }).toEqual({
      id,
      sends: !description.includes('Sent by: '),
      receives: !description.includes('Received by: '),
    });
  }
});

describe('examples', () => {
  const checks = new RecordChecks(document);
  for (const [id, { messages }] of Object.entries(document.channels))
    for (const name of Object.keys(messages)) {
      const { examples = [], bindings } = document.components.messages[name] ?? {};
      test(`${id}: each of ${name} is what its schemas say`, () => {
        // jobs are their group's own, of no form that is told
        expect(examples.length > 0 || id === 'jobs').toBe(true);
        for (const { payload, headers } of examples)
          expect(checks.faultsOf(name, { value: payload, headers: headers ?? {} })).toEqual([]);
        for (const key of (bindings?.kafka.key.examples ?? []) as readonly unknown[])
          expect(checks.keyFaultsOf(name, key)).toEqual([]);
      });
    }

  test('what does not fit is seen', () => {
    expect(checks.faultsOf('Payment', { value: { id: 'payment-1' }, headers: {} })).not.toEqual([]);
    expect(checks.faultsOf('DeadLetter', { value: 'x', headers: {} })).not.toEqual([]);
    expect(checks.faultsOf('Workflow', { value: {}, headers: { traceparent: 'x' } })).not.toEqual([]);
    expect(checks.keyFaultsOf('ReplayMark', 'x')).not.toEqual([]);
  });
});

test('it says what a topic is created with', () => {
  const { channels } = asyncApiDocument({ partitions: 6 });
  expect(channels.customers?.bindings.kafka).toEqual({
    topic: 'customers',
    partitions: 6,
    topicConfiguration: {
      'cleanup.policy': ['compact'],
      'retention.ms': -1,
      'retention.bytes': -1,
      'max.message.bytes': 2 * 1024 * 1024,
    },
    bindingVersion: '0.5.0',
  });
  expect(channels['billing-runs']?.description).toContain('every record for 7 days at least');
});

test('a bus of another name is the channel "events" at that topic', () => {
  const { channels, operations } = asyncApiDocument({ partitions: null, eventBus: 'order-bus' });
  expect(channels.events?.address).toBe('order-bus');
  expect(channels.events?.bindings.kafka).toMatchObject({ topic: 'order-bus' });
  expect(operations['fulfilment-service-send-events']?.title).toContain('order-bus');
  expect(channels.events?.bindings.kafka).not.toHaveProperty('partitions');
});

describe('the page', () => {
  const page = topicsPage(document);

  test('shows every topic, every message and every example', () => {
    for (const [id, { address }] of Object.entries(document.channels)) {
      expect(page).toContain(`<section id="${id}">`);
      expect(page).toContain(`<h3>${address}</h3>`);
    }
    for (const { title } of Object.values(document.components.messages))
      expect(page).toContain(`<h4>${title.replaceAll("'", '&#39;')}</h4>`);
    expect(page.match(/<summary>Examples/g)).toHaveLength(
      Object.keys(document.components.messages).length - 1,
    );
  });

  test('shows fields of what others are made of, too', () => {
    const order = page.slice(page.indexOf('<section id="orders">'));
    expect(order).toContain('<code>lines[].product</code>');
    expect(order).toContain('<code>shipment.trackingNumber</code>');
  });

  test('loads nothing, and text in it makes no tags', () => {
    expect(page).not.toMatch(/<script|<img|https?:\/\/[^ <"]*\.(js|css)|@import|url\(/);
    const tags = (bus: string): readonly string[] =>
      topicsPage(asyncApiDocument({ partitions: 1, eventBus: bus })).match(/<[a-z/!][^>]*>/gi) ?? [];
    expect(tags('<b>"x')).toEqual(tags('other'));
  });
});
