import { type Customer, type OutgoingRecord, partitionFor, topics } from '../core/mod.ts';
import { sampleCustomers } from '../services/crm/samples.ts';

/** Numbers in [0, 1) that follow from the seed alone (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const customerOf = (number: number): string => `c-${number}`;

/** The number of a customer of ours; null for any other identifier. */
export function numberOfCustomer(identifier: string): number | null {
  const number = identifier.startsWith('c-') ? Number(identifier.slice(2)) : Number.NaN;
  return Number.isInteger(number) && customerOf(number) === identifier ? number : null;
}

/** Customers c-0, c-1, …, each like one of the samples, as the seed picks it; one by one, as there may be a million. */
export function* customersOf(count: number, seed: number): Generator<Customer> {
  const random = randomOf(seed);
  for (let at = 0; at < count; at++) {
    const sample = sampleCustomers[Math.floor(random() * sampleCustomers.length)] as Customer;
    yield { ...sample, customerIdentifier: customerOf(at) };
  }
}

/** A customer as it lies on `customers`. */
export function customerRecord(customer: Customer, partitions: number): OutgoingRecord {
  const key = customer.customerIdentifier;
  return {
    topic: topics.customers,
    partition: partitionFor(key, partitions),
    key,
    value: JSON.stringify(customer),
  };
}
