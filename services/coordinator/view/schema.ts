// The tables of the coordinator's view. Everything in them is a fold of the log and can be thrown away.

/** Changes with the tables or with what the fold makes of a record: a file of another version is built anew. */
export const VIEW_VERSION = 5;

/** How many of a run's workflows stand where; `requested` is what remains of `count`. */
export const STATUSES = ['waiting', 'parked', 'completed', 'failed', 'cancelled'] as const;
export type SeenStatus = (typeof STATUSES)[number];

export const VIEW_DDL: string = `
  CREATE TABLE runs (
    number INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE,
    partition INTEGER NOT NULL, log_offset INTEGER NOT NULL, create_time TEXT NOT NULL,
    bill_date TEXT, period_from TEXT, period_to TEXT, hash TEXT NOT NULL, count INTEGER NOT NULL, parts INTEGER NOT NULL,
    waiting INTEGER NOT NULL, parked INTEGER NOT NULL, completed INTEGER NOT NULL,
    failed INTEGER NOT NULL, cancelled INTEGER NOT NULL
  );
  CREATE INDEX runs_by_time ON runs (create_time, run_id);
  CREATE TABLE run_parts (
    run_id TEXT NOT NULL, hash TEXT NOT NULL, part INTEGER NOT NULL, identifiers TEXT NOT NULL,
    PRIMARY KEY (run_id, hash, part)
  ) WITHOUT ROWID;
  CREATE TABLE run_conflicts (
    run_id TEXT NOT NULL, hash TEXT NOT NULL, log_offset INTEGER NOT NULL,
    PRIMARY KEY (run_id, hash)
  ) WITHOUT ROWID;
  -- what a run asked for, what was reported, or both; what a report says of the job is null before the first
  CREATE TABLE workflows (
    number INTEGER PRIMARY KEY, workflow_id TEXT NOT NULL UNIQUE, run INTEGER, seq INTEGER, customer TEXT,
    workflow_type TEXT, revision INTEGER, status TEXT, problem TEXT, traceparent TEXT, report INTEGER
  );
  CREATE INDEX workflows_by_run ON workflows (run, seq) WHERE run IS NOT NULL;
  CREATE INDEX workflows_parked ON workflows (workflow_id) WHERE status = 'parked';
  CREATE INDEX workflows_failed ON workflows (workflow_id) WHERE status = 'failed';
  CREATE INDEX workflows_cancelled ON workflows (workflow_id) WHERE status = 'cancelled';
  -- records as they came, each appended; a workflow names its latest, and each the one before it
  CREATE TABLE job_reports (id INTEGER PRIMARY KEY, previous INTEGER, value TEXT NOT NULL);
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
