import type { Database, Statement } from 'bun:sqlite';
import {
  type IncomingRecord,
  type OutgoingRecord,
  type TopicSpec,
  TransportError,
} from '../../../../core/mod.ts';
import { normalize, payloadBytes } from './payload.ts';

/** For so long a compacted topic keeps everything where its spec doesn't say. */
const DEFAULT_COMPACTION_LAG_MS = 60_000;

export interface Topic {
  readonly id: number;
  readonly name: string;
  readonly partitions: number;
  readonly compacted: boolean;
}

/** Where somebody stands in one partition. `next` is the next offset to deliver. */
export interface Cursor {
  readonly topic: Topic;
  readonly partition: number;
  next: number;
}

interface TopicRow {
  readonly id: number;
  readonly name: string;
  readonly partitions: number;
  readonly compacted: number;
  readonly compaction_lag_ms: number | null;
}

interface RecordRow {
  readonly offset: number;
  readonly timestamp_ms: number;
  readonly headers: string | null;
  readonly key: string | Uint8Array | null;
  readonly value: string | Uint8Array | null;
}

type RecordColumns = [
  number,
  number,
  number,
  number,
  string | null,
  string | Uint8Array | null,
  string | Uint8Array | null,
];

/** Topics and their records; each call is part of whatever transaction its caller runs. */
export class RecordTable {
  readonly #topics = new Map<string, Topic>();
  readonly #findTopic: Statement<TopicRow, [string]>;
  readonly #allTopics: Statement<TopicRow, []>;
  readonly #insertTopic: Statement<unknown, [string, number, number, number | null]>;
  readonly #setLag: Statement<unknown, [number, number]>;
  readonly #insertEnd: Statement<unknown, [number, number]>;
  readonly #logId: Statement<{ id: string }, []>;
  readonly #allEnds: Statement<{ topic: number; partition: number; next_offset: number }, []>;
  readonly #end: Statement<{ next_offset: number }, [number, number]>;
  readonly #setEnd: Statement<unknown, [number, number, number]>;
  readonly #insert: Statement<unknown, RecordColumns>;
  readonly #select: Statement<RecordRow, [number, number, number, number]>;
  readonly #first: Statement<{ first: number | null }, [number, number]>;
  readonly #deleteBefore: Statement<unknown, [number, number, number]>;

  constructor(database: Database) {
    const columns = 'id, name, partitions, compacted, compaction_lag_ms';
    this.#findTopic = database.prepare(`SELECT ${columns} FROM topics WHERE name = ?`);
    this.#allTopics = database.prepare(`SELECT ${columns} FROM topics ORDER BY name`);
    this.#insertTopic = database.prepare(
      'INSERT INTO topics (name, partitions, compacted, compaction_lag_ms) VALUES (?, ?, ?, ?)',
    );
    this.#setLag = database.prepare('UPDATE topics SET compaction_lag_ms = ? WHERE id = ?');
    this.#insertEnd = database.prepare('INSERT INTO ends (topic, partition, next_offset) VALUES (?, ?, 0)');
    this.#logId = database.prepare('SELECT id FROM log_id');
    this.#allEnds = database.prepare('SELECT topic, partition, next_offset FROM ends');
    this.#end = database.prepare('SELECT next_offset FROM ends WHERE topic = ? AND partition = ?');
    this.#setEnd = database.prepare('UPDATE ends SET next_offset = ? WHERE topic = ? AND partition = ?');
    this.#insert = database.prepare(
      'INSERT INTO records (topic, partition, offset, timestamp_ms, headers, key, value) ' +
        'VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#select = database.prepare(
      'SELECT offset, timestamp_ms, headers, key, value FROM records ' +
        'WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?',
    );
    this.#first = database.prepare(
      'SELECT min(offset) AS first FROM records WHERE topic = ? AND partition = ?',
    );
    this.#deleteBefore = database.prepare(
      'DELETE FROM records WHERE topic = ? AND partition = ? AND offset < ?',
    );
  }

  /** Throws `TransportError` ('unknown-topic'). Topics never change once made, so they are remembered. */
  topic(name: string): Topic {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const row = this.#findTopic.get(name);
    if (row === null)
      throw new TransportError('unknown-topic', `There is no topic ${name}. Create it first.`);
    const topic = topicOf(row);
    this.#topics.set(name, topic);
    return topic;
  }

  /** What was read in a transaction that is undone may not be there: it is looked up again. */
  forget(): void {
    this.#topics.clear();
  }

  /** Every topic, by name. */
  topics(): readonly Topic[] {
    return this.#allTopics.all().map(topicOf);
  }

  /** Makes the topic if there is none. Throws `TransportError` ('topic-mismatch'). */
  create(spec: TopicSpec): void {
    if (!Number.isSafeInteger(spec.partitions) || spec.partitions < 1) {
      throw new RangeError(`Topic ${spec.name} needs at least one partition, not ${spec.partitions}.`);
    }
    const found = this.#findTopic.get(spec.name);
    const isCompacted = spec.compacted === true;
    const lagMs = isCompacted ? (spec.compactionLagMs ?? DEFAULT_COMPACTION_LAG_MS) : null;
    if (found === null) {
      this.#insertTopic.run(spec.name, spec.partitions, isCompacted ? 1 : 0, lagMs);
      const id = this.#findTopic.get(spec.name)?.id as number;
      for (let partition = 0; partition < spec.partitions; partition++) this.#insertEnd.run(id, partition);
    } else if (found.partitions !== spec.partitions) {
      const message =
        `Topic ${spec.name} has ${found.partitions} partitions, not ${spec.partitions}. ` +
        'Use the old count, or another data directory.';
      throw new TransportError('topic-mismatch', message);
    } else if (found.compacted === 1 && found.compaction_lag_ms === null && lagMs !== null) {
      this.#setLag.run(lagMs, found.id); // it is from before lags were kept
    }
  }

  /** Appends in the given order. Throws `TransportError` ('unknown-topic'), for an unknown partition too. */
  append(records: readonly OutgoingRecord[], nowMs: number): void {
    const ends = new Map<string, Cursor>();
    for (const record of records) {
      const end = this.#appendPoint(ends, record);
      const headers = record.headers === undefined ? null : JSON.stringify(record.headers);
      const key = normalize(record.key);
      this.#insert.run(end.topic.id, end.partition, end.next, nowMs, headers, key, normalize(record.value));
      end.next++;
    }
    for (const end of ends.values()) this.#setEnd.run(end.next, end.topic.id, end.partition);
  }

  #appendPoint(ends: Map<string, Cursor>, { topic: name, partition }: OutgoingRecord): Cursor {
    const known = ends.get(`${partition} ${name}`);
    if (known !== undefined) return known;
    const topic = this.topic(name);
    const row = this.#end.get(topic.id, partition);
    if (row === null) {
      throw new TransportError('unknown-topic', `Topic ${name} has no partition ${partition}.`);
    }
    const end = { topic, partition, next: row.next_offset };
    ends.set(`${partition} ${name}`, end);
    return end;
  }

  /** What tells this log from another. */
  logId(): string {
    return this.#logId.get()?.id ?? '';
  }

  /** The next offset of every partition, by topic id. */
  ends(): Map<number, number[]> {
    const ends = new Map<number, number[]>();
    for (const row of this.#allEnds.iterate()) {
      const partitions = ends.get(row.topic) ?? [];
      partitions[row.partition] = row.next_offset;
      ends.set(row.topic, partitions);
    }
    return ends;
  }

  /** Delivers from one partition: at most so many records and, after the first, bytes. Moves the cursor. */
  read(cursor: Cursor, maxRecords: number, maxBytes: number): { records: IncomingRecord[]; bytes: number } {
    const records: IncomingRecord[] = [];
    let bytes = 0;
    const { topic, partition } = cursor;
    for (const row of this.#select.iterate(topic.id, partition, cursor.next, maxRecords)) {
      bytes += payloadBytes(row.key) + payloadBytes(row.value);
      if (records.length > 0 && bytes > maxBytes) break;
      records.push(incoming(topic.name, partition, row));
      cursor.next = row.offset + 1;
    }
    return { records, bytes };
  }

  /** The offset of the first record that is there, or null where there is none. */
  first(topicId: number, partition: number): number | null {
    return this.#first.get(topicId, partition)?.first ?? null;
  }

  deleteBefore(topicId: number, partition: number, offset: number): void {
    this.#deleteBefore.run(topicId, partition, offset);
  }
}

function topicOf({ id, name, partitions, compacted }: TopicRow): Topic {
  return { id, name, partitions, compacted: compacted === 1 };
}

function incoming(topic: string, partition: number, row: RecordRow): IncomingRecord {
  return {
    topic,
    partition,
    offset: row.offset,
    key: row.key,
    value: row.value,
    headers: row.headers === null ? {} : (JSON.parse(row.headers) as Record<string, string>),
    timestampMs: row.timestamp_ms,
  };
}
