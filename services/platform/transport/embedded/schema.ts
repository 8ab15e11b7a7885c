import type { FileSchema } from '../../store/sqlite/database.ts';
import { JOB_SCHEMA } from '../../store/sqlite/job-table.ts';

/**
 * The log, its groups and the jobs, in one file. Offsets count from 0 in each partition; `ends` has the next
 * one. Keys and values are TEXT where they are valid UTF-8, else BLOB, NULL for none.
 * An assignment's `owner` may commit for the partition; its `heir` gets it when the owner lets go.
 */
const LOG_SCHEMA = `
CREATE TABLE topics (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  partitions INTEGER NOT NULL,
  compacted INTEGER NOT NULL
) STRICT;
CREATE TABLE ends (
  topic INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,
  PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE records (
  topic INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  timestamp_ms INTEGER NOT NULL,
  headers TEXT,
  key ANY,
  value ANY,
  PRIMARY KEY (topic, partition, offset)
) STRICT, WITHOUT ROWID;
CREATE TABLE consumer_groups (
  name TEXT PRIMARY KEY,
  generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE members (
  id TEXT PRIMARY KEY,
  group_name TEXT NOT NULL,
  joined INTEGER NOT NULL,
  partitions INTEGER NOT NULL,
  heartbeat_ms INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  pid_space TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE assignments (
  group_name TEXT NOT NULL,
  partition INTEGER NOT NULL,
  owner TEXT,
  heir TEXT,
  PRIMARY KEY (group_name, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE committed (
  group_name TEXT NOT NULL,
  topic INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,
  PRIMARY KEY (group_name, topic, partition)
) STRICT, WITHOUT ROWID;
`;

/** What tells this log from another. */
const LOG_ID = `
CREATE TABLE log_id (id TEXT NOT NULL) STRICT;
INSERT INTO log_id VALUES ('embedded:' || lower(hex(randomblob(8))));
`;

/**
 * How long a compacted topic keeps everything, and how far each partition has been compacted: before `cleaned_to` it
 * has `kept` records, one a key. Of topics from before this version the lag is not known until they are created again:
 * until then they are kept whole.
 */
const COMPACTION = `
ALTER TABLE topics ADD COLUMN compaction_lag_ms INTEGER;
CREATE TABLE compactions (
  topic INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  cleaned_to INTEGER NOT NULL,
  kept INTEGER NOT NULL,
  claimed_ms INTEGER NOT NULL,
  PRIMARY KEY (topic, partition)
) STRICT, WITHOUT ROWID;
`;

/** 'ReqL': a log with its groups and jobs. */
export const LOG_FILE: FileSchema = {
  applicationId: 0x5265714c,
  migrations: [LOG_SCHEMA + JOB_SCHEMA, LOG_ID, COMPACTION],
};
