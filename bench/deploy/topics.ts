import { Admin } from '@platformatic/kafka';
import { jobTopicSpecs, ourTopicSpecs } from '../../services/platform/topics/ours.ts';
import { connectionOptions } from '../../services/platform/transport/kafka/connection.ts';
import type { KafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { until } from '../../test/support/until.ts';

/** With the jobs' own: what one setup kept must not come back in the next, which may have other partitions. */
const ours: readonly string[] = [...ourTopicSpecs(1), ...jobTopicSpecs(1)].map(({ name }) => name);

/** Which of our topics a cluster has. Throws where it does not answer. */
export function topicsThere(settings: KafkaSettings): Promise<readonly string[]> {
  return withAdmin(settings, listOurs);
}

/** Deletes our topics, and with them what groups have committed for them, and waits until they are gone. */
export function deleteTopics(settings: KafkaSettings): Promise<void> {
  return withAdmin(settings, async (admin) => {
    const there = await listOurs(admin);
    if (there.length > 0) await admin.deleteTopics({ topics: [...there] });
    await until('our topics to be deleted', async () => (await listOurs(admin)).length === 0);
  });
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
