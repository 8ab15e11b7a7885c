// What a process tells of its consumer groups and of the circuit breakers of its calls.
import type { Registry } from 'prom-client';
import { BREAKER_METRIC, type BreakerState, breakerStateOf, IN_FLIGHT_METRIC } from '../calls/index.ts';
import type { GroupMember } from '../host/loop-metrics.ts';

/** A member of a consumer group, with where its process tells of itself. */
export interface ToldMember extends GroupMember {
  readonly process: string;
}

/** How the calls of a service stand in a process. */
export interface ToldBreaker {
  /** Where the process that calls tells of itself. */
  readonly process: string;
  /** Who is called, by the name of the catalogue. */
  readonly service: string;
  readonly state: BreakerState;
  /** Calls under way. */
  readonly inFlight: number;
}

interface Gauged {
  readonly values: readonly {
    readonly value: number;
    readonly labels: { readonly service?: string | number };
  }[];
}

/** The breakers of a process, as its metrics have them; by the name of who is called. */
export async function breakersOf(metrics: Registry, process: string): Promise<readonly ToldBreaker[]> {
  const [states, inFlight] = await Promise.all(
    [BREAKER_METRIC, IN_FLIGHT_METRIC].map(
      (name) => metrics.getSingleMetric(name)?.get() as Promise<Gauged> | undefined,
    ),
  );
  const told = (states?.values ?? []).map(({ value, labels }): ToldBreaker => {
    const service = String(labels.service);
    const calls = inFlight?.values.find((each) => each.labels.service === labels.service);
    return { process, service, state: breakerStateOf(value), inFlight: calls?.value ?? 0 };
  });
  return told.sort((one, other) => (one.service < other.service ? -1 : 1));
}
