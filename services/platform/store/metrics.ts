import { Counter, Gauge, type Registry } from 'prom-client';
import type { StoreStanding } from './health.ts';

/** Tells in the registry how these stores stand, whenever it is read. */
export function observeStores(registry: Registry, stores: () => readonly StoreStanding[]): void {
  const registers = [registry];
  new Gauge({
    name: 'requite_store_up',
    help: 'Whether the store of log or jobs does what it is asked (1), or fails and is tried again (0).',
    labelNames: ['store'],
    registers,
    collect(): void {
      for (const { store, problem } of stores()) this.set({ store }, problem === null ? 1 : 0);
    },
  });
  new Counter({
    name: 'requite_store_failures_total',
    help: 'Reads and writes that the store has failed, attempts to see whether it is back among them.',
    labelNames: ['store'],
    registers,
    collect(): void {
      this.reset();
      for (const { store, failures } of stores()) this.inc({ store }, failures);
    },
  });
}
