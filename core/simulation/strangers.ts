import type { OutgoingRecord, Payload } from '../messages/record.ts';
import type { Random } from './random.ts';

/** What comes broken onto a topic, and has to end in the dead letters. */
export function brokenValue(what: string, random: Random): Payload {
  const forTopic: Readonly<Record<string, readonly Payload[]>> = {
    workflow: [
      '{"workflow-type":"stay","workflow-id":"","create-time":"2026-01-01T00:00:00Z","payload":{}}',
      '{"workflow-type":"stay","workflow-id":"a\\u0000b","create-time":"2026-01-01T00:00:00Z","payload":{}}',
      '{"workflow-type":"stay","workflow-id":"x","create-time":"yesterday","payload":{}}',
      '{"workflow-type":"stay"}',
    ],
    answer: ['{"answer":1}', '{"qaIdentifier":""}', '{"qaIdentifier":7,"answer":1}'],
    event: ['{', '\u0000', 'nothing'],
    command: [
      '{"workflow-type":"stay","workflow-id":"x","command":"explode"}',
      '{"workflow-type":"stay","command":"retry"}',
    ],
  };
  const any: readonly Payload[] = [null, '', '{', 'nul', new Uint8Array([0xff, 0xfe, 0x00]), '['.repeat(200)];
  return random.oneIn(2) ? random.pick(any) : random.pick(forTopic[what] ?? any);
}

/** The same record, but elsewhere than at home. */
export function misplaced(record: OutgoingRecord, partitions: number, random: Random): OutgoingRecord {
  if (partitions === 1) return record;
  const elsewhere = (record.partition + 1 + random.below(partitions - 1)) % partitions;
  return { ...record, partition: elsewhere };
}
