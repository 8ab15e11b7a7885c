import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { BreakerState } from './calls.ts';

const STATES: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** The state of each breaker, as a number. */
export const BREAKER_METRIC = 'circuit_breaker_state';
/** The calls that are under way. */
export const IN_FLIGHT_METRIC = 'bulkhead_in_flight';

/** The state that a number of `BREAKER_METRIC` stands for. */
export function breakerStateOf(value: number): BreakerState {
  return value === STATES.open ? 'open' : value === STATES['half-open'] ? 'half-open' : 'closed';
}

/** How the calls of one service stand now. */
export interface CallsStanding {
  readonly service: string;
  readonly breaker: BreakerState;
  readonly inFlight: number;
}

/** What is counted of calls of other services. */
export class CallMetrics {
  readonly #calls: Counter<'service' | 'outcome'>;
  readonly #durations: Histogram<'service'>;
  readonly #attempts: Counter<'service' | 'outcome'>;

  /** `standings` is asked whenever the metrics are read. */
  constructor(registry: Registry, standings: () => readonly CallsStanding[]) {
    const registers = [registry];
    this.#calls = new Counter({
      name: 'calls_total',
      help: 'Calls of other services, by what came of them: answered, or why not.',
      labelNames: ['service', 'outcome'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'call_duration_seconds',
      help: 'From a call of another service to its end, retries included, in seconds.',
      labelNames: ['service'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.#attempts = new Counter({
      name: 'call_attempts_total',
      help: 'Requests sent to instances of other services, by what came of them.',
      labelNames: ['service', 'outcome'],
      registers,
    });
    const state: Gauge<'service'> = new Gauge({
      name: BREAKER_METRIC,
      help: 'The circuit breaker of each service that is called: 0 closed, 1 half-open, 2 open.',
      labelNames: ['service'],
      registers,
      collect: () => {
        for (const { service, breaker } of standings()) state.set({ service }, STATES[breaker]);
      },
    });
    const inFlight: Gauge<'service'> = new Gauge({
      name: IN_FLIGHT_METRIC,
      help: 'Calls of each service that are under way.',
      labelNames: ['service'],
      registers,
      collect: () => {
        for (const { service, inFlight: count } of standings()) inFlight.set({ service }, count);
      },
    });
  }

  called(service: string, outcome: string, ms: number): void {
    this.#calls.inc({ service, outcome });
    this.#durations.observe({ service }, ms / 1_000);
  }

  attempted(service: string, outcome: string): void {
    this.#attempts.inc({ service, outcome });
  }
}
