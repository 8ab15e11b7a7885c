import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { Counter, type Registry } from 'prom-client';
import type { OrderLine } from '../../core/mod.ts';
import { CallFailed, type ServiceClient } from '../platform/calls/index.ts';
import type { Logger } from '../platform/log.ts';
import { pause } from '../platform/pause.ts';
import type { OrdersSettings } from './api-settings.ts';

/** A path of a request has at most so many characters; more products are asked for in several. */
const MAX_PATH_LENGTH = 4_000;
/** So many products are asked for at once; the inventory takes no more. */
const MAX_SKUS = 200;

/** A line that there are not enough pieces for. The lines of one product count together. */
export interface ShortLine {
  /** Which line of the order, from 0. */
  readonly line: number;
  readonly sku: string;
  /** Pieces of the product in all its lines. */
  readonly asked: number;
  /** Null where the warehouse does not know the product. */
  readonly free: number | null;
}

export type StockVerdict =
  | { readonly kind: 'in-stock' }
  | { readonly kind: 'short'; readonly lines: readonly ShortLine[] }
  /** It could not be told, or not in time. */
  | { readonly kind: 'pending'; readonly reason: string };

export interface StockCheckOptions {
  readonly inventory: ServiceClient;
  readonly settings: () => OrdersSettings;
  readonly metrics: Registry;
  readonly logger: Logger;
}

const StockAnswer = Type.Object({
  items: Type.Array(Type.Object({ sku: Type.String(), free: Type.Integer({ minimum: 0 }) })),
  unknown: Type.Array(Type.String()),
});

/** What is free of each product; null: unknown. */
type Free = ReadonlyMap<string, number | null>;

/** What makes an answer of the inventory none: the order is taken without it. */
class NoAnswer extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Asks the inventory whether there is enough. It never fails: where it can't be told, that is what it says. */
export class StockCheck {
  readonly #options: StockCheckOptions;
  readonly #outcomes: Counter<'outcome' | 'reason'>;
  /** Said once when it begins to fail, and once when it works again. */
  #isFailing = false;

  constructor(options: StockCheckOptions) {
    this.#options = options;
    this.#outcomes = new Counter({
      name: 'stock_checks_total',
      help: 'Stock checks of POST /api/orders: in-stock, short, or pending and why.',
      labelNames: ['outcome', 'reason'],
      registers: [options.metrics],
    });
  }

  /** Says within the time limit whether there is enough for all these lines. */
  async check(lines: readonly OrderLine[]): Promise<StockVerdict> {
    const { stockCheck, stockCheckTimeoutMs } = this.#options.settings();
    const asked = askedOf(lines);
    if (stockCheck === 'off') return this.#told({ kind: 'pending', reason: 'off' });
    // what is no reservation is for the validators to say
    if (asked.size === 0) return this.#told({ kind: 'pending', reason: 'nothing-to-ask' });
    const ended = new AbortController();
    const late = pause(stockCheckTimeoutMs, ended.signal).then(
      (): StockVerdict => ({ kind: 'pending', reason: 'timeout' }),
    );
    const verdict = await Promise.race([this.#ask(lines, asked), late]);
    ended.abort();
    return this.#told(verdict);
  }

  async #ask(lines: readonly OrderLine[], asked: ReadonlyMap<string, number>): Promise<StockVerdict> {
    try {
      const short = shortLines(lines, asked, await this.#freeOf([...asked.keys()], false));
      if (short.length === 0) {
        this.#works();
        return { kind: 'in-stock' };
      }
      // no order is turned down for what an instance had not read yet
      const again = shortLines(lines, asked, await this.#freeOf([...asked.keys()], true));
      this.#works();
      return again.length === 0 ? { kind: 'in-stock' } : { kind: 'short', lines: again };
    } catch (error) {
      if (!(error instanceof CallFailed) && !(error instanceof NoAnswer)) throw error;
      const reason = error instanceof CallFailed ? error.code : error.reason;
      if (!this.#isFailing)
        this.#options.logger.warn(
          { reason, detail: error.message },
          'orders are taken without a stock check',
        );
      this.#isFailing = true;
      return { kind: 'pending', reason };
    }
  }

  async #freeOf(skus: readonly string[], isFresh: boolean): Promise<Free> {
    const answers = await Promise.all(pathsOf(skus, isFresh).map((path) => this.#get(path)));
    const free = new Map<string, number | null>();
    for (const { items, unknown } of answers) {
      for (const { sku, free: pieces } of items) free.set(sku, pieces);
      for (const sku of unknown) free.set(sku, null);
    }
    if (skus.every((sku) => free.has(sku))) return free;
    throw new NoAnswer('bad-answer', 'the inventory did not answer for every product');
  }

  async #get(path: string): Promise<{ items: { sku: string; free: number }[]; unknown: string[] }> {
    const { status, body, servedBy } = await this.#options.inventory.call(path);
    if (status !== 200)
      throw new NoAnswer(`status-${status}`, `the inventory at ${servedBy} answered ${status}`);
    if (Value.Check(StockAnswer, body)) return body;
    throw new NoAnswer('bad-answer', `the inventory at ${servedBy} answered with something else`);
  }

  #works(): void {
    if (this.#isFailing) this.#options.logger.info({}, 'stock checks work again');
    this.#isFailing = false;
  }

  #told(verdict: StockVerdict): StockVerdict {
    const reason = verdict.kind === 'pending' ? verdict.reason : '';
    this.#outcomes.inc({ outcome: verdict.kind, reason });
    return verdict;
  }
}

/** Pieces of each product, over all lines that ask for any. */
function askedOf(lines: readonly OrderLine[]): ReadonlyMap<string, number> {
  const asked = new Map<string, number>();
  for (const { product, quantity } of lines)
    if (quantity > 0) asked.set(product, (asked.get(product) ?? 0) + quantity);
  return asked;
}

function shortLines(
  lines: readonly OrderLine[],
  asked: ReadonlyMap<string, number>,
  free: Free,
): readonly ShortLine[] {
  return lines.flatMap(({ product: sku, quantity }, line): ShortLine[] => {
    const pieces = asked.get(sku);
    if (quantity <= 0 || pieces === undefined) return [];
    const there = free.get(sku) ?? null;
    return there !== null && pieces <= there ? [] : [{ line, sku, asked: pieces, free: there }];
  });
}

/** What to ask for: as few requests as their length allows. */
function pathsOf(skus: readonly string[], isFresh: boolean): readonly string[] {
  const paths: string[] = [];
  let query: string[] = [];
  let length = 0;
  const end = (): void => {
    if (query.length > 0) paths.push(`/inventory?${query.join('&')}${isFresh ? '&fresh=true' : ''}`);
    query = [];
    length = 0;
  };
  for (const sku of skus) {
    const part = `sku=${encodeURIComponent(sku)}`;
    if (length + part.length > MAX_PATH_LENGTH || query.length === MAX_SKUS) end();
    query.push(part);
    length += part.length + 1;
  }
  end();
  return paths;
}
