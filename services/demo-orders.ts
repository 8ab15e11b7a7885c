// The orders demo: a stream of orders and payments through the whole ecosystem, as it moves.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { orderTopics, partitionFor, type Transport } from '../core/mod.ts';
import { billText } from './demo-billing.ts';
import { type DemoOrder, demoStream } from './demo-orders-stream.ts';
import { OrdersTable } from './demo-orders-table.ts';
import { json, onStage, post, type Stage } from './demo-stage.ts';
import type { Settings } from './platform/config.ts';
import { pause } from './platform/pause.ts';

const SERVICES = [
  'crm',
  'orders-service',
  'orders-service',
  'inventory-service',
  'fraud-service',
  'order-details-service',
  'validation-aggregator',
  'fulfilment-service',
  'logistic-service',
  'email-service',
  'coordinator',
  'engine',
];
/** Between two orders of the stream, in milliseconds: to be followed by eye. */
const PACE_MS = 120;
/** How long an order may take; far longer than any does. */
const LIMIT_MS = 60_000;

interface OrderReply {
  readonly id: string;
  readonly customerId: string;
  readonly state: string;
  readonly shipment?: { readonly trackingNumber: string };
}

/** Runs the orders ecosystem with two Orders instances, and ends. */
export async function demoOrders(settings: Settings): Promise<void> {
  await onStage(settings, SERVICES, async (stage) => {
    const instances = stage.urls('orders-service');
    process.stdout.write(
      `Orders through the whole ecosystem, on the log: ${stage.platform.backing.description}.\n` +
        `Two instances of the Orders service: ${instances.map((url, at) => `${'AB'.charAt(at)} = ${url}`).join(', ')}.\n` +
        'Each order is posted to one and waited for at the other until it is shipped; "by" says which instance had it.\n\n',
    );
    const stream = demoStream();
    const table = new OrdersTable(instances, process.stdout, stream.length);
    const watching = new AbortController();
    const watched = watch(stage.platform.backing.transport, table, watching.signal);
    const ended = await playStream(stream, stage, table);
    await waitForMails(settings.outboxDir, ended.filter(({ isPaid }) => isPaid).length);
    watching.abort();
    await watched;
    table.finish();
    await showMail(settings.outboxDir);
    await showBill(stage, ended);
    process.stdout.write(`\nThe mails are in ${settings.outboxDir}, the bill is in ${settings.billsDir}\n`);
  });
}

interface Ended {
  readonly reply: OrderReply;
  readonly isPaid: boolean;
}

/** Posts the stream at its pace, each order followed to its end. */
async function playStream(
  stream: readonly DemoOrder[],
  { urls, platform }: Stage,
  table: OrdersTable,
): Promise<readonly Ended[]> {
  const instances = urls('orders-service');
  const { transport } = platform.backing;
  const following: Promise<Ended>[] = [];
  for (const [at, order] of stream.entries()) {
    const here = instances[at % instances.length] ?? '';
    const there = instances[(at + 1) % instances.length] ?? '';
    following.push(follow(order, here, there, transport, table));
    await pause(PACE_MS);
  }
  return await Promise.all(following);
}

async function follow(
  order: DemoOrder,
  here: string,
  there: string,
  transport: Transport,
  table: OrdersTable,
): Promise<Ended> {
  const started = performance.now();
  table.add(order);
  const { isPaid, ...body } = order;
  await post(`${here}/v1/orders`, body);
  if (isPaid) await pay(order, transport);
  table.moved(order.id, (await waitUntil('validated', order.id, there)).reply.state);
  const { reply, servedBy } = await waitUntil('shipped', order.id, there);
  const { state, shipment } = reply;
  const ms = performance.now() - started;
  table.ended(order.id, { state, servedBy, ms, trackingNumber: shipment?.trackingNumber ?? null });
  return { reply, isPaid };
}

/** The order once it has come so far, or has failed, and the instance that had it. */
async function waitUntil(
  stage: 'validated' | 'shipped',
  id: string,
  instance: string,
): Promise<{ readonly reply: OrderReply; readonly servedBy: string }> {
  const path = `/v1/orders/${encodeURIComponent(id)}/${stage}?timeout=${LIMIT_MS}`;
  const response = await fetch(`${instance}${path}`);
  if (!response.ok) throw new Error(`order ${id} was not ${stage}: ${await response.text()}`);
  const reply = (await response.json()) as OrderReply;
  return { reply, servedBy: response.headers.get('requite-served-by') ?? '' };
}

async function pay({ id, quantity, price }: DemoOrder, transport: Transport): Promise<void> {
  const partitions = (await transport.endOffsets(orderTopics.payments)).length;
  const amount = (Number(price) * quantity).toFixed(2);
  const payment = { id: `payment-${id}`, orderId: id, ccy: 'EUR', amount };
  const partition = partitionFor(id, partitions);
  await transport.publish([
    { topic: orderTopics.payments, partition, key: id, value: JSON.stringify(payment) },
  ]);
}

/** Follows what the validators say, and shows it. */
async function watch(transport: Transport, table: OrdersTable, stop: AbortSignal): Promise<void> {
  const reader = await transport.read({ topics: [orderTopics.orderValidations], from: () => 0 });
  try {
    while (!stop.aborted) {
      for (const { value } of await reader.poll({ maxRecords: 100, waitMs: 200 }))
        table.validated(JSON.parse(String(value)));
    }
  } finally {
    await reader.close();
  }
}

async function mailsIn(outbox: string): Promise<readonly string[]> {
  // there is no directory before the first mail
  const names = await readdir(outbox).catch(() => []);
  return names.filter((name) => name.endsWith('.eml')).sort();
}

async function waitForMails(outbox: string, count: number): Promise<void> {
  const giveUpAt = performance.now() + LIMIT_MS;
  while ((await mailsIn(outbox)).length < count) {
    if (performance.now() > giveUpAt) throw new Error(`${count} mails were to come to ${outbox}`);
    await pause(50);
  }
}

async function showMail(outbox: string): Promise<void> {
  const [first] = await mailsIn(outbox);
  if (first === undefined) return;
  const mail = await readFile(join(outbox, first), 'utf8');
  process.stdout.write(`\nOne of the mails, ${first}:\n\n${indented(mail)}\n`);
}

/** Bills what was shipped to the customer who got most. */
async function showBill({ urls }: Stage, ended: readonly Ended[]): Promise<void> {
  const counts = new Map<string, number>();
  for (const { reply } of ended)
    if (reply.state === 'SHIPPED') counts.set(reply.customerId, (counts.get(reply.customerId) ?? 0) + 1);
  const [best] = [...counts].sort(([, one], [, other]) => other - one);
  if (best === undefined) return;
  const [customer, count] = best;
  const coordinator = urls('coordinator')[0] ?? '';
  const day = 24 * 3_600_000;
  const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const period = { from: date(Date.now() - day), to: date(Date.now() + day) };
  const run = await post<{ runId: string; workflows: readonly { workflowId: string }[] }>(coordinator, {
    customerIdentifiers: [customer],
    workflowType: 'order-billing',
    period,
  });
  await json(`${coordinator}/runs/${run.runId}?wait=${LIMIT_MS}ms`);
  const workflowId = run.workflows[0]?.workflowId ?? '';
  process.stdout.write(`\nThe bill of customer ${customer} for ${count} shipped orders:\n\n`);
  process.stdout.write(indented(await billText(coordinator, workflowId)));
}

const indented = (text: string): string => text.replaceAll(/^(?=[^\r\n])/gm, '  ').replaceAll('\r\n', '\n');
