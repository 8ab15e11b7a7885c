import {
  CHECK_TYPES,
  type CheckType,
  type Order,
  type OrderValidation,
  type Payment,
} from '../../core/mod.ts';
import { replayInventory, type Warehouse } from './orders-oracle-inventory.ts';
import { contentOf, entries, firsts, grouped, type Logs } from './orders-oracle-log.ts';
import { type Finding, replayDetails, replayFraud } from './orders-oracle-replay.ts';
import { compareShipping } from './orders-oracle-shipping.ts';

/** The topics that the oracle reads, whole. */
export const oracleTopics = [
  'order-requests',
  'orders',
  'orders-by-customer',
  'order-validations',
  'warehouse-inventory',
  'inventory-requests',
  'payments',
  'customers',
  'events',
  'shipments',
  'dead-letters',
] as const;

/** What the oracle says of a run that has come to rest. */
export interface Judgement {
  /** What is not as it must be, each in a sentence; empty where all is well. */
  readonly complaints: readonly string[];
  readonly requested: number;
  readonly validated: number;
  readonly failed: number;
  readonly shipped: number;
  /** How many orders each check fails. */
  readonly failing: Readonly<Record<CheckType, number>>;
  readonly mails: number;
  /** Records of `orders` that repeat another: what kills cost. */
  readonly repeats: number;
}

type Findings = Readonly<Record<CheckType, ReadonlyMap<string, Finding>>>;

/**
 * Replays the logs and compares: what each order came to, what each validator said, what is reserved, and the mails,
 * given by the order ids that they are about, one for each mail.
 */
export function judge(logs: Logs, mails: readonly string[]): Judgement {
  const complaints: string[] = [];
  const complain = (what: string): void => void complaints.push(what);

  const requests = firsts(
    entries<Order>(logs, 'order-requests').map(({ value }) => value),
    ({ id }) => id,
  );
  const warehouse = replayInventory(logs);
  const findings: Findings = {
    ORDER_DETAILS_CHECK: replayDetails(requests, new Set(warehouse.stock.keys())),
    FRAUD_CHECK: replayFraud(logs),
    INVENTORY_CHECK: warehouse.found,
  };
  const { ends, shipped, repeats } = endsOf(logs, requests, complain);
  compareRekeyed(logs, complain);
  compareEnds(ends, findings, complain);
  compareValidations(logs, ends, findings, complain);
  compareStock(ends, warehouse, complain);
  compareShipping(logs, { ends, shipped }, complain);
  compareMails(logs, requests, mails, complain);
  for (const { key } of entries<unknown>(logs, 'dead-letters')) complain(`${key} went to the dead letters`);

  const validated = [...ends.values()].filter(({ state }) => state === 'VALIDATED').length;
  const failing = Object.fromEntries(
    CHECK_TYPES.map((check) => [
      check,
      [...findings[check].values()].filter((finding) => finding === 'FAIL').length,
    ]),
  ) as Record<CheckType, number>;
  const failed = ends.size - validated;
  const counts = {
    requested: requests.length,
    validated,
    failed,
    shipped: shipped.size,
    mails: mails.length,
  };
  return { complaints, ...counts, failing, repeats };
}

type Complain = (what: string) => void;

interface Course {
  /** Orders as their validation ended. */
  readonly ends: ReadonlyMap<string, Order>;
  /** Orders as they left. */
  readonly shipped: ReadonlyMap<string, Order>;
  readonly repeats: number;
}

/** Each requested order was created once, ended once and left once, and what comes again is the same again. */
function endsOf(logs: Logs, requests: readonly Order[], complain: Complain): Course {
  const states = grouped(entries<Order>(logs, 'orders'), ({ value }) => value.id);
  const ends = new Map<string, Order>();
  const shipped = new Map<string, Order>();
  let repeats = 0;
  for (const request of requests) {
    const records = states.get(request.id) ?? [];
    states.delete(request.id);
    if (new Set(records.map(({ partition }) => partition)).size > 1)
      complain(`order ${request.id} lies in two partitions of orders`);
    if (records.some(({ key }) => key !== request.id)) complain(`order ${request.id} lies under another key`);
    const distinct = firsts(records, ({ value }) => contentOf(value)).map(({ value }) => value);
    repeats += records.length - distinct.length;
    const [created] = distinct;
    const ended = distinct.find(({ revision }) => revision === 2);
    const left = distinct.find(({ revision }) => revision === 3);
    if (created === undefined || contentOf(created) !== contentOf(request))
      complain(`order ${request.id} was not created as it was first requested`);
    if (distinct.length > statesOf(ended)) complain(`order ${request.id} has ${distinct.length} states`);
    if (ended === undefined) complain(`order ${request.id} has no end`);
    else if (!isEndOf(ended, request)) complain(`order ${request.id} ended as ${contentOf(ended)}`);
    else ends.set(request.id, ended);
    if (left !== undefined) shipped.set(request.id, left);
  }
  for (const id of states.keys()) complain(`order ${id} was never requested`);
  return { ends, shipped, repeats };
}

/** How many states an order has at most that ended so. */
const statesOf = (ended: Order | undefined): number => (ended?.state === 'VALIDATED' ? 3 : 2);

function isEndOf(ended: Order, request: Order): boolean {
  const { state, failures } = ended;
  const isEnd = state === 'VALIDATED' ? failures.length === 0 : state === 'FAILED' && failures.length > 0;
  return isEnd && contentOf(ended) === contentOf({ ...request, revision: 2, state, failures });
}

/** `orders-by-customer` has the states of `orders`, each under its customer. */
function compareRekeyed(logs: Logs, complain: Complain): void {
  const rekeyed = entries<Order>(logs, 'orders-by-customer');
  for (const { key, value } of rekeyed)
    if (key !== (value.customerId === '' ? value.id : value.customerId))
      complain(`order ${value.id} lies under ${key} on orders-by-customer`);
  const has = new Set(rekeyed.map(({ value }) => contentOf(value)));
  const should = new Map(entries<Order>(logs, 'orders').map(({ value }) => [contentOf(value), value]));
  for (const [content, { id, state }] of should)
    if (!has.has(content)) complain(`orders-by-customer lacks ${state} of order ${id}`);
  if (has.size > should.size) complain(`orders-by-customer has ${has.size - should.size} states too many`);
}

/** VALIDATED where all three checks pass; FAILED for what does fail, and nothing else. */
function compareEnds(ends: ReadonlyMap<string, Order>, findings: Findings, complain: Complain): void {
  for (const [id, { state, failures }] of ends) {
    const failing = CHECK_TYPES.filter((check) => findings[check].get(id) !== 'PASS');
    if (state === 'VALIDATED') {
      if (failing.length > 0) complain(`order ${id} is VALIDATED, and must fail ${failing.join(', ')}`);
      continue;
    }
    if (failing.length === 0) complain(`order ${id} is FAILED, and passes every check`);
    for (const { checkType, reasons } of failures) {
      if (!failing.includes(checkType)) complain(`order ${id} is FAILED for ${checkType}, which it passes`);
      if (reasons.length === 0) complain(`order ${id} is FAILED for ${checkType} without a reason`);
    }
  }
}

/**
 * Each check has answered on each order, with what it must have found, however often. Only the inventory may have
 * nothing to say: once an order has failed for another reason, its pieces go back unasked.
 */
function compareValidations(
  logs: Logs,
  ends: ReadonlyMap<string, Order>,
  findings: Findings,
  complain: Complain,
): void {
  const said = grouped(
    entries<OrderValidation>(logs, 'order-validations'),
    ({ value }) => `${value.checkType} of ${value.orderId}`,
  );
  for (const [id, { failures }] of ends) {
    for (const check of CHECK_TYPES) {
      const results = (said.get(`${check} of ${id}`) ?? []).map(({ value }) => value);
      const contents = new Set(results.map(contentOf));
      const finding = findings[check].get(id) ?? 'FAIL';
      const isMoot = check === 'INVENTORY_CHECK' && failures.some(({ checkType }) => checkType !== check);
      if (contents.size === 0 && !isMoot) complain(`${check} of order ${id} was never said`);
      if (contents.size > 1) complain(`${check} of order ${id} was said in ${contents.size} ways`);
      if (results.some(({ validationResult }) => validationResult !== finding))
        complain(`${check} of order ${id} must be ${finding}`);
    }
  }
}

/** What is reserved is what validated orders take, and never more than there is. */
function compareStock(ends: ReadonlyMap<string, Order>, warehouse: Warehouse, complain: Complain): void {
  const { stock, reserved } = warehouse;
  const taken = new Map<string, number>();
  for (const { state, lines } of ends.values()) {
    if (state !== 'VALIDATED') continue;
    for (const { product, quantity } of lines) taken.set(product, (taken.get(product) ?? 0) + quantity);
  }
  for (const product of new Set([...taken.keys(), ...reserved.keys(), ...stock.keys()])) {
    const count = taken.get(product) ?? 0;
    const held = reserved.get(product) ?? 0;
    const level = stock.get(product) ?? 0;
    if (held !== count) complain(`${product}: ${held} are reserved, and validated orders take ${count}`);
    if (count > level) complain(`${product}: validated orders take ${count} of ${level} in stock`);
  }
}

/** One mail for each order that is paid, if there is somebody to write to. */
function compareMails(
  logs: Logs,
  requests: readonly Order[],
  mails: readonly string[],
  complain: Complain,
): void {
  const paid = new Set(entries<Payment>(logs, 'payments').map(({ value }) => value.orderId));
  const reachable = new Set(
    entries<{ customerIdentifier: string; email?: string }>(logs, 'customers').flatMap(({ value }) =>
      value.email === undefined ? [] : [value.customerIdentifier],
    ),
  );
  const owed = requests.filter(({ id, customerId }) => paid.has(id) && reachable.has(customerId));
  const sent = grouped(mails, (orderId) => orderId);
  for (const { id } of owed) {
    const count = sent.get(id)?.length ?? 0;
    if (count !== 1) complain(`order ${id} is paid, and has ${count} mails`);
    sent.delete(id);
  }
  for (const id of sent.keys()) complain(`there is a mail about order ${id}, which nobody is owed`);
}
