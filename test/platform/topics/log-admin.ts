import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import type { OutgoingRecord, Transport } from '../../../core/mod.ts';
import { within } from '../../../services/platform/topics/patience.ts';
import type { TopicAdmin, TopicDetails } from '../../../services/platform/topics/port.ts';
import { failure, record, take, values } from '../../contracts/support.ts';

/** A log with the one who looks after it. `name` gives names that no other test uses. */
export interface AdminUnderTest {
  readonly transport: Transport;
  readonly admin: TopicAdmin;
  readonly name: (word: string) => string;
  close(): Promise<void>;
}

/** The cases that every `LogAdmin` passes, beside the transport of the same log. */
export function logAdminContract(name: string, open: () => Promise<AdminUnderTest>): void {
  describe(`LogAdmin: ${name}`, () => {
    let it: AdminUnderTest;
    let topic: string;
    let other: string;
    beforeEach(async () => {
      it = await open();
      topic = it.name('worked-off');
      other = it.name('latest');
      await it.transport.createTopics([
        { name: topic, partitions: 2 },
        { name: other, partitions: 2, compacted: true },
      ]);
    });
    afterEach(() => it.close());

    const standing = async (): Promise<TopicDetails | undefined> => (await it.admin.topics([topic]))[0];

    test('says where each partition begins and ends, and which topics are compacted', async () => {
      await it.transport.publish([record(topic, 0, 'a'), record(topic, 0, 'b'), record(topic, 1, 'c')]);
      const found = await it.admin.topics([topic, other]);
      expect(byName(found)).toMatchObject(
        byName([
          {
            name: topic,
            compacted: false,
            partitions: [
              { start: 0, end: 2 },
              { start: 0, end: 1 },
            ],
          },
          {
            name: other,
            compacted: true,
            partitions: [
              { start: 0, end: 0 },
              { start: 0, end: 0 },
            ],
          },
        ]),
      );
    });

    test('leaves out names that are not there, and gives every topic where none is named', async () => {
      expect(await it.admin.topics([it.name('nowhere')])).toEqual([]);
      // others may be making topics on the same log: one without a leader yet is waited for
      const names = (await within(30_000, () => it.admin.topics())).map((each) => each.name);
      expect(names).toContain(topic);
      expect(names).toContain(other);
      expect(names).toEqual([...names].sort());
    });

    test('says what each group has committed, also one whose members are gone', async () => {
      await it.transport.publish([record(topic, 0, 'a'), record(topic, 0, 'b'), record(topic, 1, 'c')]);
      await commitAll(it.transport, it.name('gone'), topic, 3, 2);
      const group = (await it.admin.groups()).find((each) => each.group === it.name('gone'));
      expect(group?.committed).toEqual([{ topic, partition: 0, offset: 2 }]);
    });

    test('deletes the records before a position; those left, and offsets, stay what they were', async () => {
      await it.transport.publish([...letters(topic, 'abcde'), record(topic, 1, 'f')]);
      await it.admin.trim([{ topic, partition: 0, offset: 3 }]);
      expect((await standing())?.partitions).toEqual([
        { start: 3, end: 5 },
        { start: 0, end: 1 },
      ]);
      const reader = await it.transport.read({ topics: [topic], from: () => 0 });
      const left = await take(reader, 3);
      expect(new Set(values(left))).toEqual(new Set(['d', 'e', 'f']));
      expect(left.find(({ value }) => value === 'd')?.offset).toBe(3);
      await it.transport.publish([record(topic, 0, 'g')]);
      expect((await take(reader, 1)).map(({ offset, value }) => [offset, value])).toEqual([[5, 'g']]);
      await reader.close();
    });

    test('a partition of which everything is deleted is empty, and goes on at its next offset', async () => {
      await it.transport.publish(letters(topic, 'abc'));
      await it.admin.trim([{ topic, partition: 0, offset: 3 }]);
      expect((await standing())?.partitions[0]).toEqual({ start: 3, end: 3 });
      expect(await it.transport.endOffsets(topic)).toEqual([3, 0]);
      await it.transport.publish([record(topic, 0, 'd')]);
      const reader = await it.transport.read({ topics: [topic], from: () => 0 });
      expect((await take(reader, 1)).map(({ offset, value }) => [offset, value])).toEqual([[3, 'd']]);
      await reader.close();
    });

    test('a new group begins at the first record that is left; one that was there goes on', async () => {
      await it.transport.publish(letters(topic, 'abcd'));
      await commitAll(it.transport, it.name('old'), topic, 4, 3);
      await it.admin.trim([{ topic, partition: 0, offset: 2 }]);
      expect(await firstOf(it.transport, it.name('new'), topic)).toBe('c');
      expect(await firstOf(it.transport, it.name('old'), topic)).toBe('d');
    });

    test('deleting again what is gone already changes nothing', async () => {
      await it.transport.publish(letters(topic, 'abc'));
      await it.admin.trim([{ topic, partition: 0, offset: 2 }]);
      await it.admin.trim([{ topic, partition: 0, offset: 1 }]);
      await it.admin.trim([]);
      expect((await standing())?.partitions[0]).toEqual({ start: 2, end: 3 });
    });

    test('refuses a position beyond the end, an unknown topic and an unknown partition, and deletes nothing', async () => {
      await it.transport.publish(letters(topic, 'abc'));
      const kept = { topic, partition: 0, offset: 2 };
      expect(await thrown(it.admin.trim([{ topic, partition: 0, offset: 9 }]))).toBeInstanceOf(RangeError);
      expect(await failure(it.admin.trim([kept, { topic, partition: 7, offset: 0 }]))).toBe('unknown-topic');
      const nowhere = { topic: it.name('nowhere'), partition: 0, offset: 0 };
      expect(await failure(it.admin.trim([kept, nowhere]))).toBe('unknown-topic');
      expect((await standing())?.partitions[0]).toEqual({ start: 0, end: 3 });
    });
  });
}

async function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

function letters(topic: string, text: string): OutgoingRecord[] {
  return [...text].map((letter) => record(topic, 0, letter));
}

function byName<T extends { readonly name: string }>(topics: readonly T[]): T[] {
  return [...topics].sort((one, another) => one.name.localeCompare(another.name));
}

/** Reads so many records, as a member of the group, commits in partition 0 what is told, and leaves. */
async function commitAll(
  transport: Transport,
  group: string,
  topic: string,
  records: number,
  offset: number,
): Promise<void> {
  const member = await transport.join({ group, topics: [topic] });
  await take(member, records);
  await member.commit({ records: [], offsets: [{ topic, partition: 0, offset }] });
  await member.close();
}

async function firstOf(transport: Transport, group: string, topic: string): Promise<unknown> {
  const member = await transport.join({ group, topics: [topic] });
  const [first] = await take(member, 1);
  await member.close();
  return first?.value;
}
