// What people want of a run that goes on, and what its publishing is allowed: records of `run-commands`, in the run's
// partition, so that their order is the same for everybody. What they come to is folded here.
import { type Static, Type } from '@sinclair/typebox';
import type { OutgoingRecord } from '../messages/record.ts';
import { Identifier } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { RUN_ID_PATTERN } from './bill-run.ts';
import type { SchemaOf } from './schema.ts';

/** So many workflows of a run may be published without a release: those of a short run wait for nothing. */
const FIRST_RELEASE = 100;

/** The longest name of who sent a command, in UTF-16 units. */
const MAX_BY_LENGTH = 256;

const Head = Type.Object({
  'run-id': Type.String({ pattern: RUN_ID_PATTERN }),
  /** Names the command: who sent it waits until it is read back. */
  id: Type.String({ minLength: 1, maxLength: 64 }),
  /** ISO 8601. */
  time: Type.String({ minLength: 1, maxLength: 64 }),
  /** The subject of the token that it was sent with; 'anonymous' where there was none. */
  by: Type.String({ minLength: 1, maxLength: MAX_BY_LENGTH }),
}).properties;

const RunCommandSchema = Type.Union([
  Type.Object({ ...Head, command: Type.Union([Type.Literal('pause'), Type.Literal('resume')]) }),
  Type.Object({ ...Head, command: Type.Literal('cancel') }),
  Type.Object({
    ...Head,
    command: Type.Literal('retry'),
    /** Workflows of the run that have failed: each is asked for anew, under the id of its next attempt. */
    failed: Type.Array(Identifier),
    /** How many parked jobs were told to go on, for the history. */
    parked: Type.Integer({ minimum: 0 }),
  }),
  Type.Object({
    ...Head,
    /** From the owner of the run's partition: the workflows up to this place of the list may be published from now on. */
    command: Type.Literal('release'),
    'up-to': Type.Integer({ minimum: 1 }),
  }),
]);
/** A command to a run, on `run-commands`, keyed by run-id, in the run's partition. */
export type RunCommand = Static<typeof RunCommandSchema>;
export const RunCommand: SchemaOf<RunCommand> = RunCommandSchema;

/** What is wanted of a run: `cancelled` stays. */
export type RunControl = 'running' | 'paused' | 'cancelled';

/** What the commands to a run have come to. */
export interface RunStanding {
  readonly control: RunControl;
  /** The workflows up to this place of the run's list may have been published; none behind it was. */
  readonly released: number;
}

/** A run's standing before any command; `count` is the number of its workflows. */
export function firstStanding(count: number): RunStanding {
  return { control: 'running', released: Math.min(count, FIRST_RELEASE) };
}

/**
 * The standing after a command, in the order of the log: a release counts only while the run is running, so that nothing
 * more is published once a pause or a cancel is on record; the first cancel is final.
 */
export function standingAfter(standing: RunStanding, command: RunCommand, count: number): RunStanding {
  if (standing.control === 'cancelled') return standing;
  switch (command.command) {
    case 'pause':
      return { ...standing, control: 'paused' };
    case 'resume':
      return { ...standing, control: 'running' };
    case 'cancel':
      return { ...standing, control: 'cancelled' };
    case 'release': {
      if (standing.control !== 'running') return standing;
      return { ...standing, released: Math.min(count, Math.max(standing.released, command['up-to'])) };
    }
    case 'retry':
      return standing;
    default:
      return command satisfies never;
  }
}

/** A command as a record of the run's partition. */
export function runCommandRecord(command: RunCommand, partition: number): OutgoingRecord {
  return {
    topic: topics.runCommands,
    partition,
    key: command['run-id'],
    value: JSON.stringify(command),
  };
}

/**
 * The workflow-id of the attempt after this one: `<run-id>_<customer>`, `<run-id>+2_<customer>`, `<run-id>+3_<customer>`, …,
 * and of a billing period `2026-11.<customer>`, `2026-11+2.<customer>`, …. Neither run-ids nor periods have a plus, so that no
 * two customers share one. Null where the id is of no run.
 */
export function nextAttemptId(workflowId: string): string | null {
  const found = /^([A-Za-z0-9-]{1,80})(?:\+([1-9]\d{0,3}))?[_.]/.exec(workflowId);
  if (found === null) return null;
  const [prefix, name, attempt = '1'] = found;
  return `${name}+${Number(attempt) + 1}${workflowId.slice(prefix.length - 1)}`;
}
