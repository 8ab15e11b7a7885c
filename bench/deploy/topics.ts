import { Admin } from '@platformatic/kafka';
import { orderTopicSpecs, topicSpecs } from '../../core/mod.ts';
import { connectionOptions } from '../../services/platform/transport/kafka/connection.ts';
import type { KafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { until } from '../../test/support/until.ts';

const ours: readonly string[] = [...topicSpecs(1), ...orderTopicSpecs(1)].map(({ name }) => name);

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
