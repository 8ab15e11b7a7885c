import { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { topics } from '../../core/mod.ts';
import { connectionOptions } from '../../services/platform/transport/kafka/connection.ts';
import type { KafkaSettings } from '../../services/platform/transport/kafka/settings.ts';
import { until } from '../../test/support/until.ts';
import { BenchFailure } from '../measure/failure.ts';

/** More than any session: a member that was killed is noticed within 10 s. */
const REBALANCED_WITHIN_MS = 120_000;

/** Who has a group's partitions, as the log itself keeps it: not as a member says, which may have more to do first. */
export interface Owners {
  /** How many partitions each member has; empty while the group is not settled. */
  shares(): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** As the group's coordinator on Kafka has it. */
export function ownersOnKafka(settings: KafkaSettings, group: string): Owners {
  const admin = new Admin(connectionOptions(settings));
  return {
    shares: async () => {
      const found = (await admin.describeGroups({ groups: [group] })).get(group);
      if (found?.state !== 'Stable') return [];
      return [...found.members.values()].map(
        ({ assignments }) => assignments?.get(topics.workflowQueue)?.partitions.length ?? 0,
      );
    },
    close: () => admin.close(),
  };
}

/** As the embedded log's file has it. */
export function ownersInFile(dataDir: string, group: string): Owners {
  const database = new Database(join(dataDir, 'requite.db'), { readonly: true });
  const query = database.prepare<{ owned: number }, [string]>(
    'SELECT count(*) AS owned FROM assignments WHERE group_name = ? AND heir IS NULL GROUP BY owner',
  );
  return {
    shares: async () => query.all(group).map(({ owned }) => owned),
    close: async () => database.close(),
  };
}

/**
 * Waits until one member has all partitions; gives when that was, on the clock of `performance.now()`. Of the time
 * between two looks it is the beginning, so that nothing that comes after is made to look shorter. Throws
 * `BenchFailure` where it never comes, and what `assertAlive` throws.
 */
export async function rebalanced(
  owners: Owners,
  partitions: number,
  assertAlive: () => void,
): Promise<number> {
  let lookedAt = performance.now();
  let before = lookedAt;
  const isOver = async (): Promise<boolean> => {
    assertAlive();
    before = lookedAt;
    lookedAt = performance.now();
    const shares = await owners.shares();
    return shares.length === 1 && shares[0] === partitions;
  };
  await until('the survivor to own all partitions', isOver, REBALANCED_WITHIN_MS).catch((error: unknown) => {
    throw error instanceof BenchFailure ? error : new BenchFailure(String(error), { cause: error });
  });
  return before;
}
