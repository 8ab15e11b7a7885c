import type { Base, ClusterMetadata } from '@platformatic/kafka';
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
