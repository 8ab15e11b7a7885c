// What each record makes of the view of notifications. Runs inside the transaction that also moves the view's offsets.
import { Value } from '@sinclair/typebox/value';
import {
  decode,
  type IncomingRecord,
  JobReport,
  mailNotification,
  NOTIFICATIONS_TOPIC,
  type NotificationAttempted,
  NotificationRecord,
  type NotificationRef,
  notificationId,
  OrderMail,
  parseNotificationWorkflowId,
  topics,
  webhookNotification,
} from '../../core/mod.ts';
import type { Database } from '../platform/view/index.ts';
import { maskedAddress, maskedSubject } from './mask.ts';

/** Changes with the tables or with what the fold makes of a record: a file of another version is built anew. */
export const NOTIFICATIONS_VIEW_VERSION = 1;
export const NOTIFICATIONS_VIEW_TOPICS: readonly string[] = [topics.workflowEvents, NOTIFICATIONS_TOPIC];
export const NOTIFICATIONS_VIEW_DDL = `
CREATE TABLE notifications (
  id TEXT PRIMARY KEY, order_id TEXT NOT NULL, channel TEXT NOT NULL, status TEXT NOT NULL,
  round INTEGER NOT NULL, revision INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
  next_attempt_at TEXT, problem TEXT, recipient TEXT, subject TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX notifications_by_time ON notifications (created_at, id);
CREATE INDEX notifications_by_order ON notifications (order_id);
CREATE INDEX notifications_by_status ON notifications (channel, status);
CREATE TABLE attempts (
  id TEXT NOT NULL, round INTEGER NOT NULL, tried INTEGER NOT NULL, time TEXT NOT NULL,
  channel TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER, reason TEXT NOT NULL,
  PRIMARY KEY (id, round, tried, time)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_outcome ON attempts (channel, outcome);
CREATE TABLE retries (
  id TEXT NOT NULL, round INTEGER NOT NULL, time TEXT NOT NULL, channel TEXT NOT NULL, by TEXT,
  PRIMARY KEY (id, round)
) STRICT, WITHOUT ROWID;
`;

/**
 * - `open`: on its way, or waiting to be tried again
 * - `sent`: the receiver has it; of a mail, its server has, or the outbox
 * - `failed`: given up, until somebody retries it
 * - `parked`, `cancelled`: as its job
 */
export const NOTIFICATION_STATUSES = ['open', 'sent', 'failed', 'parked', 'cancelled'] as const;
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number];

const TYPES: readonly string[] = [mailNotification.type, webhookNotification.type];
const WORKFLOW_ID_PREFIX = 'notification-';

/** Folds records of both topics. Throws for what can't be read; the view then leaves out that record alone. */
export function foldNotifications(db: Database, records: readonly IncomingRecord[]): void {
  for (const record of records) {
    if (record.topic === NOTIFICATIONS_TOPIC) foldRecord(db, record);
    else foldReport(db, record);
  }
}

function foldRecord(db: Database, { value }: IncomingRecord): void {
  const decoded = decode<NotificationRecord>(value, NotificationRecord);
  if (!decoded.ok) throw new Error(`${decoded.reason}: ${decoded.detail}`);
  const record = decoded.value;
  const id = notificationId(record);
  const { round, time, channel } = record;
  if (record.event === 'retry-requested') {
    const insert =
      'INSERT INTO retries (id, round, time, channel, by) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING';
    db.query(insert).run(id, round, time, channel, record.by);
    return;
  }
  const { tried, outcome, status, reason } = record;
  db.query(
    `INSERT INTO attempts (id, round, tried, time, channel, outcome, status, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  ).run(id, round, tried, time, channel, outcome, status, reason);
  // a mail is sent after its job has ended: by then its report may be here already
  if (channel === 'mail')
    db.query(
      `UPDATE notifications SET status = ?3, problem = ?4, updated_at = ?5 WHERE id = ?1 AND round = ?2`,
    ).run(id, round, mailStatus(outcome), problemOf(record), time);
}

const mailStatus = (outcome: NotificationAttempted['outcome']): NotificationStatus =>
  outcome === 'delivered' ? 'sent' : 'failed';

const problemOf = ({ outcome, reason }: Pick<NotificationAttempted, 'outcome' | 'reason'>): string | null =>
  outcome === 'delivered' ? null : JSON.stringify({ code: 'mail-refused', message: reason });

interface KnownRow {
  readonly round: number;
  readonly revision: number;
}

function foldReport(db: Database, { key, value }: IncomingRecord): void {
  // most reports are of other workflows, and need not be looked at
  if (typeof key !== 'string' || !key.startsWith(WORKFLOW_ID_PREFIX)) return;
  const decoded = decode<JobReport>(value, JobReport);
  if (!decoded.ok) throw new Error(`${decoded.reason}: ${decoded.detail}`);
  const report = decoded.value;
  const ref = parseNotificationWorkflowId(report['workflow-id']);
  if (ref === null || !TYPES.includes(report['workflow-type'])) return;
  const id = notificationId(ref);
  const known = db
    .query<KnownRow, [string]>('SELECT round, revision FROM notifications WHERE id = ?')
    .get(id);
  const isOld =
    known !== null &&
    (ref.round < known.round || (ref.round === known.round && report.revision <= known.revision));
  if (isOld) return;
  const started = report.events.find((event) => event.event === 'started');
  const { status, problem } = standingOf(db, id, ref, report);
  const mail = mailOf(report);
  db.query(
    `INSERT INTO notifications
       (id, order_id, channel, status, round, revision, created_at, updated_at, next_attempt_at, problem, recipient, subject)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
     ON CONFLICT (id) DO UPDATE SET status = ?4, round = ?5, revision = ?6, updated_at = ?8, next_attempt_at = ?9,
       problem = ?10, recipient = coalesce(?11, recipient), subject = coalesce(?12, subject)`,
  ).run(
    id,
    ref.orderId,
    ref.channel,
    status,
    ref.round,
    report.revision,
    started?.createTime ?? report.time,
    report.time,
    nextAttemptOf(report),
    problem,
    mail === null ? null : maskedAddress(mail.to),
    mail === null ? null : maskedSubject(mail.subject),
  );
}

interface Standing {
  readonly status: NotificationStatus;
  readonly problem: string | null;
}

function standingOf(db: Database, id: string, ref: NotificationRef, { status, events }: JobReport): Standing {
  switch (status) {
    case 'waiting':
      return { status: 'open', problem: null };
    case 'completed':
      return ref.channel === 'mail' ? sentMail(db, id, ref.round) : { status: 'sent', problem: null };
    case 'failed':
    case 'parked': {
      const last = events.findLast((event) => event.event === 'failed' || event.event === 'parked');
      return { status, problem: last === undefined ? null : JSON.stringify(last.error) };
    }
    case 'cancelled':
      return { status, problem: null };
    default:
      return status satisfies never;
  }
}

/** A mail that is written is sent once its sender says so. */
function sentMail(db: Database, id: string, round: number): Standing {
  const ended = db
    .query<Pick<NotificationAttempted, 'outcome' | 'reason'>, [string, number]>(
      'SELECT outcome, reason FROM attempts WHERE id = ? AND round = ? ORDER BY time DESC LIMIT 1',
    )
    .get(id, round);
  if (ended === null) return { status: 'open', problem: null };
  return { status: mailStatus(ended.outcome), problem: problemOf(ended) };
}

function nextAttemptOf({ status, events }: JobReport): string | null {
  const last = events.at(-1);
  return status === 'waiting' && last?.event === 'sleeping' ? last.until : null;
}

function mailOf({ events }: JobReport): OrderMail | null {
  const completed = events.find((event) => event.event === 'completed');
  return completed !== undefined && Value.Check(OrderMail, completed.result) ? completed.result : null;
}
