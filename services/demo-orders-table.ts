// The table of the orders demo: drawn anew on a terminal as things happen, a line for each ended order elsewhere.
import { CHECK_TYPES, displayWidth, type OrderValidation, padEnd, padStart, truncate } from '../core/mod.ts';
import type { DemoOrder } from './demo-orders-stream.ts';
import { terminalLine } from './platform/terminal.ts';

interface Row {
  readonly order: DemoOrder;
  readonly checks: Map<string, 'PASS' | 'FAIL'>;
  readonly reasons: string[];
  state: string;
  trackingNumber: string | null;
  servedBy: string;
  ms: number | null;
}

/** What an order came to. */
export interface Ended {
  readonly state: string;
  /** Of a shipped one. */
  readonly trackingNumber: string | null;
  /** The instance that had it. */
  readonly servedBy: string;
  /** From its POST to its end, in milliseconds. */
  readonly ms: number;
}

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const COLUMNS = [
  'order',
  'customer',
  'product',
  'pieces',
  'price',
  'stock',
  'fraud',
  'details',
  'state',
  'by',
  'ms',
];
const WIDTHS = [5, 8, 18, 7, 9, 5, 5, 7, 9, 2, 5];
const RIGHT = new Set(['pieces', 'price', 'ms']);

/** Why it failed, or how it travels. */
const NOTE_WIDTH = 64;
const DEFAULT_COLUMNS = 80;

/** Each order's way through the ecosystem. */
export class OrdersTable {
  readonly #rows: Map<string, Row> = new Map();
  readonly #instances: readonly string[];
  readonly #output: Output;
  /** Whether the rows can be drawn anew in place: on a terminal that has room for all of them. */
  readonly #isLive: boolean;
  readonly #columns: number;
  #drawn = 0;

  constructor(instances: readonly string[], output: Output, orders: number) {
    this.#instances = instances;
    this.#output = output;
    this.#columns = output.isTTY === true ? output.columns || DEFAULT_COLUMNS : Number.POSITIVE_INFINITY;
    this.#isLive = output.isTTY === true && (output.rows ?? 0) > orders + 1;
    output.write(`${this.#fit(line(COLUMNS))}\n`);
  }

  add(order: DemoOrder): void {
    const checks = new Map<string, 'PASS' | 'FAIL'>();
    const fresh = { state: 'posted', trackingNumber: null, servedBy: '', ms: null };
    this.#rows.set(order.id, { order, checks, reasons: [], ...fresh });
    this.#redraw();
  }

  validated({ orderId, checkType, validationResult, reasons = [] }: OrderValidation): void {
    const row = this.#rows.get(orderId);
    if (row === undefined || row.checks.has(checkType)) return;
    row.checks.set(checkType, validationResult);
    if (validationResult === 'FAIL') row.reasons.push(...reasons);
    this.#redraw();
  }

  /** On its way to its end, it is in this state now. */
  moved(id: string, state: string): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    row.state = state;
    this.#redraw();
  }

  ended(id: string, ended: Ended): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    Object.assign(row, ended);
    if (!this.#isLive) this.#output.write(`${this.#text(row)}\n`);
    this.#redraw();
  }

  /** The last word: how many came to what. */
  finish(): void {
    this.#redraw();
    const rows = [...this.#rows.values()];
    const count = (state: string): number => rows.filter((row) => row.state === state).length;
    const times = rows.map(({ ms }) => ms ?? 0).sort((one, other) => one - other);
    const median = Math.round(times[Math.floor(times.length / 2)] ?? 0);
    this.#output.write(
      `\n  ${count('SHIPPED')} shipped, ${count('FAILED')} failed; ${median} ms from POST to the end (median)\n`,
    );
  }

  #redraw(): void {
    if (!this.#isLive) return;
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A`;
    const rows = [...this.#rows.values()].map((row) => `\u001b[2K${this.#text(row)}\n`);
    this.#drawn = rows.length;
    this.#output.write(up + rows.join(''));
  }

  /** Never wider than the terminal: a line that wraps can't be drawn over. */
  #fit(text: string): string {
    return displayWidth(text) < this.#columns ? text : truncate(text, this.#columns - 1);
  }

  #text({ order, checks, reasons, state, trackingNumber, servedBy, ms }: Row): string {
    const at = this.#instances.indexOf(servedBy);
    const mark = (check: string): string => {
      const result = checks.get(check);
      return result === undefined ? '·' : result === 'PASS' ? '✓' : '✗';
    };
    const cells = this.#fit(
      line([
        order.id,
        order.customerId,
        order.product,
        String(order.quantity),
        order.price,
        ...CHECK_TYPES.map(mark),
        state,
        at < 0 ? '' : 'AB'.charAt(at),
        ms === null ? '' : String(Math.round(ms)),
      ]),
    );
    const room = Math.min(NOTE_WIDTH, this.#columns - displayWidth(cells) - 3);
    const said = trackingNumber === null ? reasons.join('; ') : `tracking number ${trackingNumber}`;
    const note = terminalLine(said);
    return note === '' || room < 8 ? cells : `${cells}  ${truncate(note, room)}`;
  }
}

function line(cells: readonly string[]): string {
  const padded = cells.map((cell, at) => {
    const width = WIDTHS[at] ?? 8;
    const text = truncate(terminalLine(cell), width);
    return RIGHT.has(COLUMNS[at] ?? '') ? padStart(text, width) : padEnd(text, width);
  });
  return `  ${padded.join(' ')}`.trimEnd();
}
