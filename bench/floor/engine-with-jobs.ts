// Stands for the engine as `engine.ts` does, and saves the two states of each bill's job in the job store, in the unit of
// work with the records and the offsets that our engine commits: what a bill costs where jobs are durable, and nothing is
// decided.
import { type Decided, type IncomingRecord, topics } from '../../core/mod.ts';
import { backingFor } from '../../services/platform/backing.ts';
import { offsetsAfter } from '../../services/platform/host/loop.ts';
import { reactions } from './engine-reactions.ts';
import { changesFrom } from './records.ts';
import { opened, serve } from './relay.ts';

const GROUP = 'engine';

const backing = backingFor(GROUP, await opened());
const changesOf = changesFrom(backing.atomic ? 'tombstone' : 'keep');
const reaction = reactions();
let turn = 0;

function decided(record: IncomingRecord): Decided {
  const { key, partition, topic } = record;
  const [asked, done] = changesOf(turn++, String(key), partition);
  return { change: topic === topics.answers ? done : asked, records: reaction(record) };
}

await serve(backing.transport, GROUP, [topics.workflowQueue, topics.answers], (consumer, records) =>
  backing.commit(consumer, { decided: records.map(decided), offsets: offsetsAfter(records) }),
);
