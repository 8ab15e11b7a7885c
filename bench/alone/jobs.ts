import { billWorkflowId, type JobChange, type JobStore, partitionFor, topics } from '../../core/mod.ts';
import { backingFor, openBacking } from '../../services/platform/backing.ts';
import { readSettings } from '../../services/platform/config.ts';
import { until } from '../../test/support/until.ts';
import { customerOf } from '../customers.ts';
import type { Ground } from '../deploy/deployment.ts';
import { changesFrom } from '../floor/records.ts';
import { BenchFailure } from '../measure/failure.ts';
import type { Floor } from './floor.ts';
import { batches, type Part, RUN_ID } from './part.ts';

/** With its topic of jobs, which goes when the bench clears the cluster. */
const GROUP = 'engine';
const POLL_MS = 50;

/** The jobs of bills, saved in the store as the engine saves them: two states each, of the sizes that the core makes. */
export async function jobsAlone(
  { store, partitions }: Extract<Floor, { part: 'jobs' }>,
  { directory, kafkaEnv, postgresUrl }: Ground,
): Promise<Part> {
  const { kafka } = readSettings({ ...(store === 'kafka' ? kafkaEnv : {}), JOB_STORE: 'memory' }, false);
  const whole = await openBacking({ dataDir: directory, kafka, jobStore: store, postgresUrl });
  const { transport, jobStore, atomic } = backingFor(GROUP, whole);
  const close = (): Promise<void> => whole.close();
  const changesOf = changesFrom(atomic ? 'tombstone' : 'keep');
  const statesOf = (bill: number): readonly [JobChange, JobChange] => {
    const workflowId = billWorkflowId(RUN_ID, customerOf(bill));
    return changesOf(bill, workflowId, partitionFor(workflowId, partitions));
  };
  const prepare: Part['prepare'] = (from, count) => {
    const prepared = batches(from, count, statesOf);
    return async () => {
      for (const batch of prepared) {
        await saveAll(
          jobStore,
          batch.map(([asked]) => asked),
        );
        await saveAll(
          jobStore,
          batch.map(([, done]) => done),
        );
      }
    };
  };
  if (store !== 'kafka') return { prepare, close };
  try {
    await transport.createTopics([{ name: topics.workflowQueue, partitions }]);
    // only who has a partition may save its jobs
    const consumer = await transport.join({ group: GROUP, topics: [topics.workflowQueue] });
    await until('the partitions of the jobs', async () => {
      await consumer.poll({ maxRecords: 1, waitMs: POLL_MS });
      return consumer.partitions().length === partitions;
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { prepare, close };
}

async function saveAll(store: JobStore, changes: readonly JobChange[]): Promise<void> {
  const conflicts = await store.save(changes);
  if (conflicts.length > 0)
    throw new BenchFailure(`${conflicts.length} jobs were not saved, such as ${conflicts[0]}`);
}
