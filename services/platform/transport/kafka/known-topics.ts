import type { Base, ClusterMetadata } from '@platformatic/kafka';
import { TransportError } from '../../../../core/mod.ts';
import type { Place } from '../place.ts';
import { METADATA_MAX_AGE_MS } from './connection.ts';

/**
 * What the cluster has told of topics: how many partitions, and who leads them. Asked once in a while, and anew after
 * `forget`. To ask the client each time costs as much as encoding a small request.
 */
export class KnownTopics {
  readonly #client: Base;
  #known: ClusterMetadata | null = null;
  #untilMs = 0;
  #isDoubtful = false;

  constructor(client: Base) {
    this.#client = client;
  }

  /** What is known of these topics, and of others. Rejects with the client's error. */
  async get(topics: readonly string[]): Promise<ClusterMetadata> {
    const known = performance.now() < this.#untilMs ? this.#known : null;
    if (known !== null && topics.every((topic) => known.topics.has(topic))) return known;
    const told = await this.#client.metadata({ topics: [...topics], forceUpdate: this.#isDoubtful });
    this.#isDoubtful = false;
    if (known === null) this.#untilMs = performance.now() + METADATA_MAX_AGE_MS;
    this.#known = { ...told, topics: new Map([...(known?.topics ?? []), ...told.topics]) };
    return this.#known;
  }

  /** After a failure: somebody else may lead. The client keeps what it knows till then: to leave a group it needs that. */
  forget(): void {
    this.#known = null;
    this.#isDoubtful = true;
  }
}

/** The topics of these places, each once. */
export const topicsOf = (places: readonly Place[]): readonly string[] => [
  ...new Set(places.map(({ topic }) => topic)),
];

/** Throws `TransportError` ('unknown-topic') where a place is none. The client would write to another, or ask for ever. */
export function assertThere(places: readonly Place[], { topics }: ClusterMetadata): void {
  for (const { topic, partition } of places) {
    if (partition < (topics.get(topic)?.partitionsCount ?? 0)) continue;
    throw new TransportError('unknown-topic', `Topic ${topic} has no partition ${partition}.`);
  }
}

/** The broker that leads it. Throws `TransportError` ('unavailable') where none does. */
export function leaderOf({ topic, partition }: Place, { topics }: ClusterMetadata): number {
  const leader = topics.get(topic)?.partitions[partition]?.leader ?? -1;
  if (leader < 0) throw new TransportError('unavailable', `No broker leads ${topic}/${partition}.`);
  return leader;
}
