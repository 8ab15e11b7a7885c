import { isOpen, type Job, type JobChange } from '../../../../core/mod.ts';
import { FormatError } from './errors.ts';
import type { Fragment, Sql } from './pool.ts';

/** Raised with each change of the table, and kept in its comment. */
const FORMAT = 1;

/**
 * The jobs' table. The columns repeat what the indexes need of `body`, the job as JSON text (in which a NUL is
 * escaped, so that PostgreSQL's text can hold it).
 *
 * `workflow_id` is the id escaped as inside a JSON string: most ids are readable as they are, and what text can't
 * hold, a NUL before all, is a backslash and letters. Each id has one such form, and each form one id. It is compared
 * byte by byte (collation "C"), which no upgrade of the system's locales can change.
 *
 * Two flags rather than a status, because an update that changes an indexed column has to write to every index again:
 * thus most changes of a waiting job stay on their page (HOT), where `fillfactor` leaves room for them.
 */
const CREATE_TABLE = `
DO $$ BEGIN
  PERFORM pg_advisory_xact_lock(${0x5265714a}); -- engines that start together come here together
  CREATE TABLE requite_jobs (
    workflow_id text COLLATE "C" PRIMARY KEY,
    wake_at bigint,
    partition integer NOT NULL,
    revision integer NOT NULL,
    is_open boolean NOT NULL,
    is_early boolean NOT NULL,
    body text NOT NULL
  ) WITH (fillfactor = 70);
  CREATE INDEX requite_jobs_due ON requite_jobs (partition, wake_at) WHERE wake_at IS NOT NULL;
  CREATE INDEX requite_jobs_open ON requite_jobs (partition) WHERE is_open;
  CREATE INDEX requite_jobs_early ON requite_jobs (partition) WHERE is_early;
  COMMENT ON TABLE requite_jobs IS 'Jobs of Requite, format ${FORMAT}';
EXCEPTION
  -- Another was first. Asking before (IF NOT EXISTS, to_regclass) may be answered from before the lock was ours.
  WHEN duplicate_table THEN NULL;
END $$`;

/**
 * Makes the table where it is missing. Throws `FormatError` where a table of this name is not ours, or newer, or the
 * database can't hold all of Unicode.
 */
export async function ensureTable(sql: Sql): Promise<void> {
  const found = await describeTable(sql);
  if (!/^(UTF8|SQL_ASCII)$/.test(found.encoding)) {
    const says = `the database is encoded in ${found.encoding}, which can't hold every text`;
    throw new FormatError(`${says}. Create one with ENCODING 'UTF8' (and TEMPLATE template0).`);
  }
  if (!found.exists) await sql.unsafe(CREATE_TABLE);
  const { comment } = found.exists ? found : await describeTable(sql);
  const format = Number(/^Jobs of Requite, format (\d+)$/.exec(comment ?? '')?.[1]);
  if (format === FORMAT) return;
  throw new FormatError(
    Number.isNaN(format)
      ? 'there is a table requite_jobs that is not ours. Name another database, or a schema (search_path=…), in the URL.'
      : `the table requite_jobs has format ${format}, this Requite knows ${FORMAT}. Run the Requite that wrote it.`,
  );
}

interface TableDescription {
  readonly exists: boolean;
  readonly comment: string | null;
  readonly encoding: string;
}

async function describeTable(sql: Sql): Promise<TableDescription> {
  const [row] = await sql<[TableDescription]>`
    SELECT to_regclass('requite_jobs') IS NOT NULL AS exists,
      obj_description(to_regclass('requite_jobs'), 'pg_class') AS comment,
      current_setting('server_encoding') AS encoding`;
  return row;
}

interface Body {
  readonly body: string;
}

/** The jobs with these ids. */
export async function selectJobs(sql: Sql, workflowIds: readonly string[]): Promise<Job[]> {
  const ids = textArray(workflowIds.map(escaped));
  return parsed(
    await sql<Body[]>`
    SELECT body FROM requite_jobs WHERE workflow_id = ANY (${ids}::text[])`,
  );
}

/** The longest due of each partition, then of all; each partition's are read in the order of the index. */
export async function selectDue(
  sql: Sql,
  partitions: readonly number[],
  nowMs: number,
  limit: number,
): Promise<Job[]> {
  return parsed(
    await sql<Body[]>`
    SELECT due.body
    FROM unnest(${array(partitions)}::integer[]) AS of (partition)
    CROSS JOIN LATERAL (
      SELECT wake_at, body FROM requite_jobs
      WHERE partition = of.partition AND wake_at <= ${String(nowMs)}::bigint
      ORDER BY wake_at LIMIT ${String(limit)}::bigint
    ) AS due
    ORDER BY due.wake_at LIMIT ${String(limit)}::bigint`,
  );
}

export async function selectNextDue(sql: Sql, partitions: readonly number[]): Promise<number | null> {
  const [row] = await sql<{ wake_at: string | null }[]>`
    SELECT min(next.wake_at) AS wake_at
    FROM unnest(${array(partitions)}::integer[]) AS of (partition)
    CROSS JOIN LATERAL (
      SELECT wake_at FROM requite_jobs
      WHERE partition = of.partition AND wake_at IS NOT NULL
      ORDER BY wake_at LIMIT 1
    ) AS next`;
  const wakeAt = row?.wake_at ?? null;
  return wakeAt === null ? null : Number(wakeAt);
}

export async function countOpen(sql: Sql, partition: number): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::integer AS count FROM requite_jobs WHERE partition = ${partition} AND is_open`;
  return row?.count ?? 0;
}

export async function countEarly(sql: Sql, partition: number): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::integer AS count FROM requite_jobs WHERE partition = ${partition} AND is_early`;
  return row?.count ?? 0;
}

/**
 * Saves what it can in one statement, which is one transaction and one round trip; returns the ids that it saved.
 *
 * Compare-and-set holds under READ COMMITTED: an insert waits for another's unfinished one of the same key and then
 * does nothing; an update waits for another's of the same row and then looks at the revision again, on the row as
 * that one left it. Two such statements can't wait for each other in a circle: both insert first and update then (the
 * order in which the last SELECT reads), and each in the order of the ids that it is given, which are sorted. What
 * one holds inserted only another's insert waits for, and who still inserts has nothing updated.
 *
 * What is saved is durable, as the port promises, also where the database's own default is not to wait for the disk.
 */
export async function upsert(sql: Sql, changes: readonly JobChange[]): Promise<ReadonlySet<string>> {
  const [row] = await sql<{ saved: string | null }[]>`
    WITH ${upserting(sql, changes)}
    SELECT string_agg(workflow_id, E'\n') AS saved,
      ${durably(sql)}
    FROM (SELECT workflow_id FROM inserted UNION ALL SELECT workflow_id FROM updated) AS saved`;
  return idsIn(row?.saved);
}

/** Removes the jobs of which the revision before is stored; returns their ids. */
export async function remove(sql: Sql, changes: readonly JobChange[]): Promise<ReadonlySet<string>> {
  const [row] = await sql<{ removed: string | null }[]>`
    WITH ${removing(sql, changes)}
    SELECT string_agg(workflow_id, E'\n') AS removed FROM removed`;
  return idsIn(row?.removed);
}

/** What the server's error says, in its log too, where `saveAll` undoes itself. */
const UNDONE = 'requite saves nothing, since others changed jobs meanwhile';

/**
 * Saves and removes all of it in one statement, or nothing; returns whether it did. Only an error undoes what a
 * statement inserted: where not every change was made, a text that is no number is read as one.
 *
 * Where one such statement updates what another removes and the other way round, they may wait for each other in a
 * circle. The server then undoes one, which is sent again.
 */
export async function saveAll(sql: Sql, changes: readonly JobChange[]): Promise<boolean> {
  const kept = changes.filter(({ forget }) => forget !== true);
  const forgotten = changes.filter(({ forget }) => forget === true);
  try {
    await sql`
      WITH ${upserting(sql, kept)}, ${removing(sql, forgotten)}
      SELECT CASE count(*) WHEN ${changes.length} THEN 0 ELSE (${UNDONE}::text || ': ' || count(*))::integer END,
        ${durably(sql)}
      FROM (
        SELECT workflow_id FROM inserted UNION ALL SELECT workflow_id FROM updated
        UNION ALL SELECT workflow_id FROM removed
      ) AS done`;
    return true;
  } catch (error) {
    // that one is its answer; all others are failures
    if (error instanceof Error && error.message.includes(UNDONE)) return false;
    throw error;
  }
}

/** The ids of those changes that don't follow the stored revision. */
export async function selectConflicts(sql: Sql, changes: readonly JobChange[]): Promise<readonly string[]> {
  const rows = await sql<{ workflow_id: string; revision: number }[]>`
    SELECT workflow_id, revision FROM requite_jobs
    WHERE workflow_id = ANY (${textArray(changes.map(({ job }) => escaped(job.workflowId)))}::text[])`;
  const stored = new Map(rows.map((row) => [unescaped(row.workflow_id), row.revision]));
  const ids = changes.filter(({ job }) => (stored.get(job.workflowId) ?? 0) !== job.revision - 1);
  return ids.map(({ job }) => job.workflowId);
}

/** The parts `inserted` and `updated` of a statement, each with the ids that it saved. */
const upserting = (sql: Sql, changes: readonly JobChange[]): Fragment => {
  const jobs = changes.map(({ job }) => job);
  return sql`
    change AS (
      SELECT * FROM unnest(
        ${textArray(jobs.map(({ workflowId }) => escaped(workflowId)))}::text[],
        ${array(jobs.map(({ wakeAtMs }) => wakeAtMs))}::bigint[],
        ${array(jobs.map(({ partition }) => partition))}::integer[],
        ${array(jobs.map(({ revision }) => revision))}::integer[],
        ${array(jobs.map(isOpen))}::boolean[],
        ${array(jobs.map(({ status }) => status === 'early'))}::boolean[],
        string_to_array(${bodies(jobs)}, E'\n')
      ) AS change (workflow_id, wake_at, partition, revision, is_open, is_early, body)
    ),
    inserted AS (
      INSERT INTO requite_jobs (workflow_id, wake_at, partition, revision, is_open, is_early, body)
      SELECT * FROM change WHERE revision = 1
      ON CONFLICT DO NOTHING
      RETURNING workflow_id
    ),
    updated AS (
      UPDATE requite_jobs AS job
      SET wake_at = change.wake_at, partition = change.partition, revision = change.revision,
        is_open = change.is_open, is_early = change.is_early, body = change.body
      FROM change
      WHERE change.revision > 1 AND job.workflow_id = change.workflow_id AND job.revision = change.revision - 1
      RETURNING job.workflow_id
    )`;
};

/** The part `removed` of a statement, with the ids that it removed. */
const removing = (sql: Sql, changes: readonly JobChange[]): Fragment => sql`
    removed AS (
      DELETE FROM requite_jobs AS job
      USING unnest(
        ${textArray(changes.map(({ job }) => escaped(job.workflowId)))}::text[],
        ${array(changes.map(({ job }) => job.revision))}::integer[]
      ) AS change (workflow_id, revision)
      WHERE job.workflow_id = change.workflow_id AND job.revision = change.revision - 1
      RETURNING job.workflow_id
    )`;

/** A transaction that has nothing in it but itself: a server that can't write refuses it. */
export const writeNothing = async (sql: Sql): Promise<void> => {
  await sql`SELECT txid_current()`;
};

/** A column that makes its transaction wait for the disk. */
const durably = (sql: Sql): Fragment =>
  sql`CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END`;

const escaped = (workflowId: string): string => JSON.stringify(workflowId).slice(1, -1);
const unescaped = (text: string): string => JSON.parse(`"${text}"`) as string;

/** The ids in lines of escaped ids, which have no line breaks in them; null is no id, '' the empty one. */
function idsIn(lines: string | null | undefined): ReadonlySet<string> {
  return new Set(lines === null || lines === undefined ? [] : lines.split('\n').map(unescaped));
}

/** A line for each job: cheaper on both sides than an array, in which every quote of JSON would be escaped. */
const bodies = (jobs: readonly Job[]): string => jobs.map((job) => JSON.stringify(job)).join('\n');

function parsed(rows: readonly Body[]): Job[] {
  return rows.map(({ body }) => JSON.parse(body) as Job);
}

/** PostgreSQL's text form of an array; the driver's own would ask the server about types first. */
const array = (values: readonly (number | boolean | null)[]): string =>
  `{${values.map((value) => value ?? 'NULL').join(',')}}`;
const textArray = (values: readonly string[]): string =>
  `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
