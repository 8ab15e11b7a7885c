import type { Database, Statement } from 'bun:sqlite';
import { type Assignment, balance } from '../balance.ts';
import { isGone, PID_SPACE } from './liveness.ts';

interface MemberRow {
  readonly id: string;
  readonly partitions: number;
  readonly heartbeat_ms: number;
  readonly pid: number;
  readonly pid_space: string;
}

/** What a group has committed in one partition; nulls for a group that has committed nothing. */
export interface CommittedRow {
  readonly group: string;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: number | null;
}

/** Says when a member counts as dead. */
export interface Silence {
  readonly nowMs: number;
  readonly memberTimeoutMs: number;
}

/**
 * Consumer groups: members, assignments, committed offsets. Each call is part of whatever transaction its caller
 * runs. Every change of a group's assignments counts up its generation.
 */
export class GroupTable {
  readonly #generation: Statement<{ generation: number }, [string]>;
  readonly #nextGeneration: Statement<unknown, [string]>;
  readonly #members: Statement<MemberRow, [string]>;
  readonly #member: Statement<{ id: string }, [string]>;
  readonly #insertMember: Statement<unknown, [string, string, string, number, number, number, string]>;
  readonly #deleteMember: Statement<unknown, [string]>;
  readonly #beat: Statement<unknown, [number, string]>;
  readonly #assignments: Statement<Assignment, [string]>;
  readonly #owner: Statement<{ owner: string | null }, [string, number]>;
  readonly #assign: Statement<unknown, [string, number, string | null, string | null]>;
  readonly #release: Statement<unknown, [string, string]>;
  readonly #committed: Statement<{ next_offset: number }, [string, number, number]>;
  readonly #commit: Statement<unknown, [string, number, number, number]>;
  readonly #standings: Statement<CommittedRow, []>;

  constructor(database: Database) {
    this.#generation = database.prepare('SELECT generation FROM consumer_groups WHERE name = ?');
    this.#nextGeneration = database.prepare(
      'INSERT INTO consumer_groups (name, generation) VALUES (?, 1) ' +
        'ON CONFLICT DO UPDATE SET generation = generation + 1',
    );
    this.#members = database.prepare(
      'SELECT id, partitions, heartbeat_ms, pid, pid_space FROM members WHERE group_name = ? ORDER BY joined',
    );
    this.#member = database.prepare('SELECT id FROM members WHERE id = ?');
    this.#insertMember = database.prepare(
      'INSERT INTO members (id, group_name, joined, partitions, heartbeat_ms, pid, pid_space) ' +
        'VALUES (?, ?, (SELECT coalesce(max(joined), 0) + 1 FROM members WHERE group_name = ?), ?, ?, ?, ?)',
    );
    this.#deleteMember = database.prepare('DELETE FROM members WHERE id = ?');
    this.#beat = database.prepare('UPDATE members SET heartbeat_ms = ? WHERE id = ?');
    this.#assignments = database.prepare(
      'SELECT partition, owner, heir FROM assignments WHERE group_name = ? ORDER BY partition',
    );
    this.#owner = database.prepare('SELECT owner FROM assignments WHERE group_name = ? AND partition = ?');
    this.#assign = database.prepare(
      'INSERT INTO assignments (group_name, partition, owner, heir) VALUES (?, ?, ?, ?) ' +
        'ON CONFLICT DO UPDATE SET owner = excluded.owner, heir = excluded.heir',
    );
    this.#release = database.prepare(
      'UPDATE assignments SET owner = heir, heir = NULL ' +
        'WHERE group_name = ? AND owner = ? AND heir IS NOT NULL',
    );
    this.#committed = database.prepare(
      'SELECT next_offset FROM committed WHERE group_name = ? AND topic = ? AND partition = ?',
    );
    this.#commit = database.prepare(
      'INSERT INTO committed (group_name, topic, partition, next_offset) VALUES (?, ?, ?, ?) ' +
        'ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset',
    );
    this.#standings = database.prepare(
      'SELECT g.name AS "group", t.name AS topic, c.partition AS partition, c.next_offset AS offset ' +
        'FROM consumer_groups g LEFT JOIN committed c ON c.group_name = g.name ' +
        'LEFT JOIN topics t ON t.id = c.topic ORDER BY g.name, t.name, c.partition',
    );
  }

  generation(group: string): number {
    return this.#generation.get(group)?.generation ?? 0;
  }

  assignments(group: string): readonly Assignment[] {
    return this.#assignments.all(group);
  }

  isMember(id: string): boolean {
    return this.#member.get(id) !== null;
  }

  owns(group: string, partition: number, member: string): boolean {
    return this.#owner.get(group, partition)?.owner === member;
  }

  /** `partitions`: how many partitions the member's topics have at most. */
  join(group: string, member: string, partitions: number, silence: Silence): void {
    this.#evictDead(group, silence);
    this.#insertMember.run(member, group, group, partitions, silence.nowMs, process.pid, PID_SPACE);
    this.#rebalance(group);
  }

  leave(group: string, member: string): void {
    if (this.#deleteMember.run(member).changes > 0) this.#rebalance(group);
  }

  /** Returns whether it is still a member. */
  beat(member: string, nowMs: number): boolean {
    return this.#beat.run(nowMs, member).changes > 0;
  }

  /** Removes the members that are dead; returns whether there were any. */
  evict(group: string, silence: Silence): boolean {
    const anyDead = this.#evictDead(group, silence);
    if (anyDead) this.#rebalance(group);
    return anyDead;
  }

  /** Hands the member's partitions that have an heir over to it. */
  release(group: string, member: string): void {
    if (this.#release.run(group, member).changes > 0) this.#nextGeneration.run(group);
  }

  /** The next offset to read; 0, the earliest, where nothing was committed. */
  committed(group: string, topicId: number, partition: number): number {
    return this.#committed.get(group, topicId, partition)?.next_offset ?? 0;
  }

  commit(group: string, topicId: number, partition: number, nextOffset: number): void {
    this.#commit.run(group, topicId, partition, nextOffset);
  }

  /** Every group that there ever was, with what it has committed. */
  standings(): readonly CommittedRow[] {
    return this.#standings.all();
  }

  #evictDead(group: string, { nowMs, memberTimeoutMs }: Silence): boolean {
    const dead = this.#members.all(group).filter(
      // A heartbeat from the future is as bad as an old one: the clock was set back since.
      (member) =>
        Math.abs(nowMs - member.heartbeat_ms) > memberTimeoutMs || isGone(member.pid, member.pid_space),
    );
    for (const { id } of dead) this.#deleteMember.run(id);
    return dead.length > 0;
  }

  #rebalance(group: string): void {
    const members = this.#members.all(group);
    const before = this.assignments(group);
    const count = Math.max(before.length, ...members.map(({ partitions }) => partitions));
    const ids = members.map(({ id }) => id);
    for (const { partition, owner, heir } of balance(count, ids, before)) {
      this.#assign.run(group, partition, owner, heir);
    }
    this.#nextGeneration.run(group);
  }
}
