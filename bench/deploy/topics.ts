import { Admin } from '@platformatic/kafka';
import { type TopicSpec, type Transport, TransportError } from '../../core/mod.ts';
import { jobTopicSpecs, ourTopicSpecs } from '../../services/platform/topics/ours.ts';
import { connectionOptions } from '../../services/platform/transport/kafka/connection.ts';
import type { KafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { until } from '../../test/support/until.ts';

/** With the jobs' own: what one setup kept must not come back in the next, which may have other partitions. */
const ours: readonly string[] = [...ourTopicSpecs(1), ...jobTopicSpecs(1)].map(({ name }) => name);

/** A broker takes long for the files of a thousand partitions. */
const DELETED_WITHIN_MS = 300_000;
const CREATED_WITHIN_MS = 300_000;
/** A broker that creates topics by itself may have made one anew for whoever asked meanwhile. */
const ASK_AGAIN_MS = 5_000;

/** Which of our topics a cluster has. Throws where it does not answer. */
export function topicsThere(settings: KafkaSettings): Promise<readonly string[]> {
  return withAdmin(settings, listOurs);
}

/** Deletes our topics, and with them what groups have committed for them, and waits until they are gone. */
export function deleteTopics(settings: KafkaSettings): Promise<void> {
  return withAdmin(settings, async (admin) => {
    const there = await listOurs(admin);
    if (there.length === 0) return;
    await admin.deleteTopics({ topics: [...there] });
    let askedAt = performance.now();
    const areGone = async (): Promise<boolean> => {
      const left = await listOurs(admin);
      if (left.length === 0) return true;
      if (performance.now() - askedAt < ASK_AGAIN_MS) return false;
      askedAt = performance.now();
      await admin.deleteTopics({ topics: [...left] }).catch(() => {
        // those that are being deleted are refused: the next look tells
      });
      return false;
    };
    await until('our topics to be deleted', areGone, DELETED_WITHIN_MS);
  });
}

/** Creates topics, as patiently as our services do: a broker is long in having leaders for a thousand partitions. */
export async function createTopics(transport: Transport, specs: readonly TopicSpec[]): Promise<void> {
  const areThere = async (): Promise<boolean> => {
    try {
      await transport.createTopics(specs);
      return true;
    } catch (error) {
      if (error instanceof TransportError && error.canRetry) return false; // not all of them are ready yet
      throw error;
    }
  };
  await until('the topics to be created', areThere, CREATED_WITHIN_MS);
}

async function listOurs(admin: Admin): Promise<readonly string[]> {
  const there = await admin.listTopics();
  return ours.filter((name) => there.includes(name));
}

async function withAdmin<T>(settings: KafkaSettings, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin(connectionOptions(settings));
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}
