import type { IncomingRecord, Job, JobStatus, OutgoingRecord } from '../../../../core/mod.ts';
import { type CacheEntry, isJob, JobEntry, type LookupFacts } from './cache.ts';

/** The header that tells a job's facts, so that who takes over need not read its text. */
const FACTS = 'facts';
/** Revision, status, whether it is open, and when it wakes or `-`. */
const SYNTAX = /^(\d+) (\w+) ([01]) (\d+|-)$/;
const STATUSES: Readonly<Record<JobStatus, true>> = {
  early: true,
  waiting: true,
  parked: true,
  completed: true,
  failed: true,
  cancelled: true,
};

/** An entry as it goes to a group's jobs topic. */
export function recordOf(topic: string, partition: number, entry: CacheEntry): OutgoingRecord {
  const { workflowId: key, body: value } = entry;
  if (!isJob(entry)) return { topic, partition, key, value };
  return { topic, partition, key, value, headers: { [FACTS]: written(entry.facts) } };
}

/** The entry that a record of that topic is; null for what is none. */
export function entryIn({ key, value, headers }: IncomingRecord): CacheEntry | null {
  if (typeof key === 'string' && value === null) return { workflowId: key, body: null };
  if (typeof value !== 'string') return null;
  const facts = readFacts(headers[FACTS]);
  if (facts !== null && typeof key === 'string') return JobEntry.unread(key, value, facts);
  // from before there was the header
  const job = jobOf(value);
  return job === null ? null : JobEntry.of(job, value);
}

function written({ revision, status, isOpen, wakeAtMs }: LookupFacts): string {
  return `${revision} ${status} ${isOpen ? 1 : 0} ${wakeAtMs ?? '-'}`;
}

function readFacts(text: string | undefined): LookupFacts | null {
  const parts = text === undefined ? null : SYNTAX.exec(text);
  if (parts === null) return null;
  const [, revision, status = '', open, wakeAt = '-'] = parts;
  if (!isStatus(status)) return null;
  const wakeAtMs = wakeAt === '-' ? null : Number(wakeAt);
  return { revision: Number(revision), status, isOpen: open === '1', wakeAtMs };
}

const isStatus = (text: string): text is JobStatus => Object.hasOwn(STATUSES, text);

function jobOf(text: string): Job | null {
  try {
    const job = JSON.parse(text) as Job | null;
    return typeof job?.workflowId === 'string' && Number.isInteger(job.revision) ? job : null;
  } catch {
    // not ours, as the log line says
    return null;
  }
}
