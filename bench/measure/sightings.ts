import { numberOfCustomer } from '../customers.ts';
import { latestOf } from './statistics.ts';

/** A bill of a measurement: each customer has one. */
export interface Bill {
  readonly runId: string;
  /** Its customer's number. */
  readonly customer: number;
}

/**
 * Which bills of a measurement were seen completed, and when. A dozen bytes a bill, whatever their ids are: a million
 * are measured too, on the machine that measures them.
 */
export class Sightings {
  /** How many bills were seen. */
  count = 0;
  /** How often a bill was seen again, also one of a measurement before. */
  repeats = 0;
  /** How often one was seen that nobody here can have asked for. */
  strangers = 0;
  #seenAt: Float64Array = new Float64Array(0);
  /** By customer, the place of the run in `#runs`. */
  #runOf: Int32Array = new Int32Array(0);
  #runs: Map<string, number> = new Map();
  readonly #earlier: Set<string> = new Set();

  /** Begins a measurement of so many bills, of customers 0 and up. */
  begin(bills: number): void {
    for (const run of this.#runs.keys()) this.#earlier.add(run);
    this.#runs = new Map();
    this.#seenAt = new Float64Array(bills).fill(Number.NaN);
    this.#runOf = new Int32Array(bills);
    this.count = 0;
    this.repeats = 0;
    this.strangers = 0;
  }

  /** A bill was seen completed at `now`. */
  note(workflowId: string, now: number): void {
    const end = workflowId.indexOf('_');
    const run = workflowId.slice(0, end);
    const customer = end < 0 ? null : numberOfCustomer(workflowId.slice(end + 1));
    if (this.#earlier.has(run)) this.repeats++;
    else if (customer === null || customer >= this.#seenAt.length) this.strangers++;
    else if (Number.isNaN(this.#seenAt[customer])) {
      this.#seenAt[customer] = now;
      this.#runOf[customer] = this.#placeOf(run);
      this.count++;
    } else if (this.#runOf[customer] === this.#runs.get(run)) this.repeats++;
    else this.strangers++;
  }

  /** When the bill was first seen; NaN where it was not. */
  seenAt({ runId, customer }: Bill): number {
    const isIt = this.#runOf[customer] === this.#runs.get(runId);
    return isIt ? (this.#seenAt[customer] ?? Number.NaN) : Number.NaN;
  }

  /** When the last one was first seen. */
  lastAt(): number {
    return latestOf(this.#seenAt);
  }

  #placeOf(run: string): number {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    this.#runs.set(run, this.#runs.size);
    return this.#runs.size - 1;
  }
}

/** The bills of customers 0 and up, each of the run that it was asked for in. */
export function* billsOf(count: number, runOf: (customer: number) => string): Generator<Bill> {
  for (let customer = 0; customer < count; customer++) yield { runId: runOf(customer), customer };
}
