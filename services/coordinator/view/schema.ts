// The tables of the coordinator's view. Everything in them is a fold of the log and can be thrown away.

/** Changes with the tables or with what the fold makes of a record: a file of another version is built anew. */
export const VIEW_VERSION = 11;

/** How many of a run's workflows stand where; `requested` is what remains of `count`. */
export const STATUSES = ['waiting', 'parked', 'completed', 'failed', 'cancelled'] as const;
export type SeenStatus = (typeof STATUSES)[number];

/** Jobs of these states are listed: the rare ones, which somebody may want to look at. */
export const LISTED_STATUSES = ['parked', 'failed', 'cancelled'] as const;
export type ListedStatus = (typeof LISTED_STATUSES)[number];

const REPORTED = 'waiting + parked + completed + failed + cancelled';

/** Runs for which the owner of their partition has something to do; paused ones rest. */
export const TO_DRIVE: string = `CASE control WHEN 'running' THEN ${REPORTED} < count
  WHEN 'cancelled' THEN waiting + parked > 0 OR ${REPORTED} < released ELSE 0 END`;

export const VIEW_DDL: string = `
  CREATE TABLE runs (
    number INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE,
    partition INTEGER NOT NULL, log_offset INTEGER NOT NULL, create_time TEXT NOT NULL,
    bill_date TEXT, period_from TEXT, period_to TEXT, label TEXT, billing_period TEXT, request_hash TEXT,
    hash TEXT NOT NULL, count INTEGER NOT NULL, parts INTEGER NOT NULL,
    waiting INTEGER NOT NULL, parked INTEGER NOT NULL, completed INTEGER NOT NULL,
    failed INTEGER NOT NULL, cancelled INTEGER NOT NULL,
    -- when its counts last changed, by the time of the report; how many ended in which second: see run-rate.ts
    updated_ms INTEGER NOT NULL, recent TEXT NOT NULL,
    -- what the commands to it have come to: see core/billing/run-command.ts
    control TEXT NOT NULL, released INTEGER NOT NULL, traceparent TEXT
  );
  CREATE INDEX runs_to_drive ON runs (partition, log_offset) WHERE ${TO_DRIVE};
  CREATE INDEX runs_by_time ON runs (create_time, run_id);
  CREATE INDEX runs_by_change ON runs (updated_ms, number);
  CREATE TABLE run_parts (
    run_id TEXT NOT NULL, hash TEXT NOT NULL, part INTEGER NOT NULL, identifiers TEXT NOT NULL,
    PRIMARY KEY (run_id, hash, part)
  ) WITHOUT ROWID;
  -- the parts of runs whose own record has not come: as what number their workflows are there already, and how many parts
  CREATE TABLE run_drafts (
    number INTEGER PRIMARY KEY, run_id TEXT NOT NULL, hash TEXT NOT NULL, prefix TEXT NOT NULL,
    parts INTEGER NOT NULL, seq INTEGER NOT NULL,
    UNIQUE (run_id, hash)
  );
  -- commands to runs; value: the record's, while the run's own has not come
  CREATE TABLE run_commands (
    run_id TEXT NOT NULL, log_offset INTEGER NOT NULL, id TEXT NOT NULL, time TEXT NOT NULL, by TEXT NOT NULL,
    command TEXT NOT NULL, failed INTEGER NOT NULL, parked INTEGER NOT NULL, value TEXT, PRIMARY KEY (run_id, log_offset)
  ) WITHOUT ROWID;
  -- workflows of a run that have failed and were asked for anew, under another id
  CREATE TABLE former_attempts (
    workflow_id TEXT NOT NULL, run INTEGER NOT NULL, seq INTEGER NOT NULL, customer TEXT NOT NULL,
    PRIMARY KEY (workflow_id, run)
  ) WITHOUT ROWID;
  CREATE TABLE run_conflicts (
    run_id TEXT NOT NULL, hash TEXT NOT NULL, log_offset INTEGER NOT NULL,
    PRIMARY KEY (run_id, hash)
  ) WITHOUT ROWID;
  -- what a run asked for, what was reported, or both
  CREATE TABLE workflows (
    number INTEGER PRIMARY KEY, workflow_id TEXT NOT NULL UNIQUE, run INTEGER, seq INTEGER, customer TEXT,
    -- 1 where it is also of runs in further_runs
    further INTEGER
  );
  CREATE INDEX workflows_by_run ON workflows (run, seq) WHERE run IS NOT NULL;
  -- a bill of a billing period is of each run that asks for it: the first is in workflows, the others are here
  CREATE TABLE further_runs (
    run INTEGER NOT NULL, seq INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (run, seq)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX further_runs_by_workflow ON further_runs (number, run);
  CREATE VIEW run_workflows (run, seq, number, workflow_id, customer) AS
    SELECT run, seq, number, workflow_id, customer FROM workflows WHERE run IS NOT NULL
    UNION ALL SELECT one.run, one.seq, number, workflow_id, customer FROM further_runs one JOIN workflows USING (number);
  -- how each workflow stands that was reported, in short rows: thousands change with every batch, all over the table
  CREATE TABLE jobs (
    number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, revision INTEGER NOT NULL,
    report INTEGER NOT NULL, traced INTEGER, problem TEXT, time_ms INTEGER
  );
  CREATE TABLE job_kinds (
    kind INTEGER PRIMARY KEY, workflow_type TEXT NOT NULL, status TEXT NOT NULL, UNIQUE (workflow_type, status)
  );
  -- the jobs that are listed by their state, which are few; with the place of the report that made it so
  CREATE TABLE listed_jobs (
    status TEXT NOT NULL, workflow_id TEXT NOT NULL, number INTEGER NOT NULL,
    run INTEGER, partition INTEGER NOT NULL, log_offset INTEGER NOT NULL, PRIMARY KEY (status, workflow_id)
  ) WITHOUT ROWID;
  CREATE INDEX listed_jobs_by_run ON listed_jobs (run, partition, log_offset) WHERE run IS NOT NULL;
  -- records as they came, many to a row: see report-log.ts
  CREATE TABLE report_chunks (last INTEGER PRIMARY KEY, body BLOB NOT NULL);
  CREATE TABLE dead_letters (
    partition INTEGER NOT NULL, log_offset INTEGER NOT NULL, time_ms INTEGER NOT NULL, reason TEXT NOT NULL,
    detail TEXT NOT NULL, origin_topic TEXT NOT NULL, origin_partition INTEGER, origin_offset INTEGER,
    key TEXT, replay_of TEXT, PRIMARY KEY (partition, log_offset)
  ) WITHOUT ROWID;
  CREATE INDEX dead_letters_by_reason ON dead_letters (reason, partition, log_offset);
  CREATE INDEX dead_letters_by_topic ON dead_letters (origin_topic, partition, log_offset);
  CREATE TABLE dead_letter_replays (
    partition INTEGER NOT NULL, log_offset INTEGER NOT NULL, replayed_at TEXT NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (partition, log_offset)
  ) WITHOUT ROWID;
  CREATE TABLE skipped (
    topic TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (topic, reason)
  ) WITHOUT ROWID;
`;
