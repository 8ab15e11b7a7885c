import type { Brokers } from '../brokers.ts';
import type { Fault } from '../lanes.ts';

const TOPICS = ['workflow-queue', 'answers-topic', 'questions-topic'] as const;
const VALUES = [
  '{"workflow-type":',
  '[]',
  '{"qaIdentifier":7}',
  '\u0000\u0001',
  '{"workflow-id":""}',
] as const;

/** Records that are no messages, on topics that carry messages. `keys` gets the key of each, true once it is acknowledged. */
export function breaking(brokers: Brokers, partitions: number, keys: Map<string, boolean>): Fault {
  return {
    kind: 'broken',
    restMs: [500, 3_000],
    inject: async ({ below }) => {
      const topic = TOPICS[below(TOPICS.length)] ?? TOPICS[0];
      const value = VALUES[below(VALUES.length)] ?? VALUES[0];
      const key = `chaos-broken-${keys.size}`;
      keys.set(key, false);
      const place = await brokers.publish(topic, [{ key, value, partition: below(partitions) }]);
      keys.set(key, true);
      return { what: `${JSON.stringify(value)} on ${topic}`, proof: `acknowledged as ${place}` };
    },
  };
}
