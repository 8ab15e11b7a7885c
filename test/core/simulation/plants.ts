import {
  type Decided,
  decideBatch,
  type IncomingRecord,
  type Job,
  type Taken,
  take,
  topics,
} from '../../../core/mod.ts';
import type { Plant } from '../../../core/simulation/options.ts';

// Faults built in on purpose: what the simulation would not find among these, it would not find among ours.

const isStart = (item: Taken): boolean => item.kind === 'job' && item.input.kind === 'start';

/** A record that is at its end, and caused nothing. */
const passedOver = (record: IncomingRecord): Taken => ({
  kind: 'ended',
  topic: record.topic,
  partition: record.partition,
  outcome: 'repeat',
  reason: null,
  records: [],
});

/** The job as if the steps that these answers are for had none yet. */
function reopened(job: Job, taken: readonly Taken[]): Job {
  const steps = job.steps.map((step, index) => {
    const again = taken.some(
      (item) =>
        item.kind === 'job' &&
        item.workflowId === job.workflowId &&
        item.input.kind === 'answer' &&
        item.input.step === index,
    );
    return again && job.status === 'waiting' ? { ...step, outcome: null } : step;
  });
  return { ...job, steps };
}

const isLetter = ({ records }: Decided): boolean => records.some(({ topic }) => topic === topics.deadLetters);

export const plants: readonly Plant[] = [
  {
    name: 'commit-before-effect',
    commit: (real) => async (consumer, unit) => {
      await consumer.commit({ records: [], offsets: unit.offsets });
      await real(consumer, { ...unit, offsets: [] });
    },
  },
  {
    name: 'commits-one-too-far',
    consumer: (real) => {
      const commit = real.commit.bind(real);
      real.commit = (unit) =>
        commit({ ...unit, offsets: unit.offsets.map((each) => ({ ...each, offset: each.offset + 1 })) });
      return real;
    },
  },
  {
    name: 'skips-where-the-job-exists',
    decisions: {
      decideBatch: (taken, stored, context) =>
        decideBatch(
          taken.map((item) =>
            item.kind === 'job' && isStart(item) && stored.jobs.has(item.workflowId)
              ? passedOver(item.record)
              : item,
          ),
          stored,
          context,
        ),
    },
  },
  {
    name: 'last-answer-wins',
    decisions: {
      decideBatch: (taken, stored, context) => {
        const jobs = new Map([...stored.jobs].map(([id, job]) => [id, reopened(job, taken)]));
        return decideBatch(taken, { ...stored, jobs }, context);
      },
    },
  },
  {
    name: 'random-ids',
    publish: (records, step) =>
      records.map((record) => {
        if (record.topic !== topics.questions) return record;
        const message = JSON.parse(String(record.value)) as { qaIdentifier: string };
        return {
          ...record,
          value: JSON.stringify({ ...message, qaIdentifier: `${message.qaIdentifier}${step}` }),
        };
      }),
  },
  { name: 'no-compare-and-set', noCompareAndSet: true },
  {
    name: 'limit-before-unread-answers',
    transport: (real) => {
      real.endOffsets = async () => [];
      return real;
    },
  },
  {
    name: 'misplaced-not-moved',
    decisions: {
      take: (record, definitions, partitions) => {
        const taken = take(record, definitions, partitions);
        return taken.kind === 'ended' && taken.outcome === 'moved' ? passedOver(record) : taken;
      },
    },
  },
  {
    name: 'forgets-to-rewind',
    consumer: (real) => {
      real.rewind = async () => {};
      return real;
    },
  },
  {
    // so it was once: a limit that fired between a failed unit and the going back passed over the unit's records
    name: 'fires-before-it-rewinds',
    consumer: (real) => {
      const { rewind, poll } = { rewind: real.rewind.bind(real), poll: real.poll.bind(real) };
      let isAstray = false;
      real.rewind = async () => {
        isAstray = true;
      };
      real.poll = async (options) => {
        if (isAstray) await rewind();
        isAstray = false;
        return poll(options);
      };
      return real;
    },
  },
  {
    name: 'silent-on-redelivery',
    decisions: {
      decideBatch: (taken, stored, context) => {
        const { decided, ledger } = decideBatch(taken, stored, context);
        return { decided: decided.filter((each) => each.change !== null || isLetter(each)), ledger };
      },
    },
  },
  {
    name: 'forgets-reports-cut-off',
    decisions: {
      decideBatch: (taken, stored, { isTold: _, ...context }) => decideBatch(taken, stored, context),
    },
  },
  {
    // so it was once: what a job gave up as it ended was lost with the process that had saved it
    name: 'forgets-what-was-given-up',
    store: (real) => {
      const save = real.save.bind(real);
      real.save = (changes, options) =>
        save(
          changes.map((change) => ({ ...change, job: { ...change.job, discards: [] } })),
          options,
        );
      return real;
    },
  },
  { name: 'tombstones-without-transactions', tombstones: true },
  { name: 'zombies-not-fenced', noFencing: true },
  {
    name: 'saves-without-publishing',
    publish: (records, step) => (step % 17 === 0 ? [] : records),
  },
  {
    name: 'limits-forgotten',
    store: (real) => {
      real.due = async () => [];
      return real;
    },
  },
  {
    name: 'broken-records-dropped',
    publish: (records) => records.filter(({ topic }) => topic !== topics.deadLetters),
  },
  { name: 'view-counts-repeats', countsRepeats: true },
  {
    name: 'random-keys-of-rekeyed-records',
    fold: (real) => ({
      ...real,
      inputs: real.inputs.map((input) => ({
        ...input,
        read: (record: IncomingRecord) => ({ ...input.read(record), home: null }),
      })),
      fold: (message, states, origin) => {
        const emitted = real.fold(message, states, origin);
        if (real.name !== 'visits-by-guest' || 'refused' in emitted) return emitted;
        return emitted.map((each) => ({ ...each, key: `${each.key}-${origin.offset}` }));
      },
    }),
  },
  {
    name: 'fold-counts-repeats',
    fold: (real) => ({
      ...real,
      fold: (message, states, origin) =>
        real.fold(
          message,
          {
            get: (key) => {
              const state = states.get(key) as { seen?: readonly string[] } | undefined;
              return state?.seen === undefined
                ? state
                : { ...state, seen: state.seen.map((id) => `${id} again`) };
            },
            set: (key, state) => states.set(key, state),
          },
          origin,
        ),
    }),
  },
];
