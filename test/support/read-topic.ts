import type { IncomingRecord, Transport } from '../../core/mod.ts';

/** Every record that a topic has now, in order within each partition. */
export async function readTopic(transport: Transport, topic: string): Promise<IncomingRecord[]> {
  const ends = await transport.endOffsets(topic);
  const reader = await transport.read({ topics: [topic], from: () => 0 });
  const found: IncomingRecord[] = [];
  while (ends.some((end, partition) => reader.position(topic, partition) < end))
    found.push(...(await reader.poll({ maxRecords: 5000, waitMs: 500 })));
  await reader.close();
  return found;
}
