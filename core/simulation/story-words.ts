import { parseQaIdentifier } from '../messages/correlation.ts';
import type { OutgoingRecord, Payload } from '../messages/record.ts';
import type { JobEvent, JobReport } from '../messages/schemas.ts';
import { topics } from '../messages/topics.ts';
import { isoTime } from '../workflow/time.ts';

const MAX_SHOWN = 120;

/** A value as a story shows it: JSON, cut where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 1)}…`;
}

/** A time as a story shows it, in UTC: `2026-01-31 09:00:00`, with milliseconds where it has some. */
export const shownTime = (ms: number): string =>
  isoTime(ms)
    .replace('T', ' ')
    .replace(/(\.000)?Z$/, '');

/** Puts records into words, a line for each thing that happened. Knows the names of steps from what it saw before. */
export class Words {
  readonly #names: Map<string, string> = new Map();
  readonly #told: Map<string, number> = new Map();

  /** The lines of one record that was published; none for what says nothing new. */
  of(record: OutgoingRecord): readonly string[] {
    switch (record.topic) {
      case topics.workflowEvents:
        return this.#report(record);
      case topics.deadLetters:
        return [letterText(record)];
      case topics.questions:
      case topics.workflowQueue:
      case topics.answers:
      case topics.workflowCommands:
        return [];
      default:
        return [`${record.topic} ${textOf(record.key)}: ${shown(parsed(record.value))}`];
    }
  }

  #report(record: OutgoingRecord): readonly string[] {
    const report = parsed(record.value) as JobReport;
    const id = report['workflow-id'];
    // published again after a crash: it was told
    if (report.revision <= (this.#told.get(id) ?? 0)) return [];
    this.#told.set(id, report.revision);
    return report.events.map((event) => `${id} ${this.#event(id, report, event)}`);
  }

  #event(id: string, report: JobReport, event: JobEvent): string {
    const name = 'step' in event ? this.#name(id, event) : '';
    switch (event.event) {
      case 'started':
        return `starts (${report['workflow-type']}, version ${report.version})`;
      case 'asked':
        return `asks ${name} ${shown(event.payload)}`;
      case 'expecting':
        return `waits for an event on ${name}`;
      case 'sleeping':
        return `sleeps until ${event.until.replace('T', ' ').replace(/(\.000)?Z$/, '')}`;
      case 'answered':
        return event.error === undefined
          ? `has what came for ${name}`
          : `has an error for ${name}: ${event.error.code}, ${event.error.message}`;
      case 'expired':
        return `no longer waits for ${name}: its time limit is over`;
      case 'elapsed':
        return 'awakes';
      case 'abandoned':
        return `no longer waits for ${name}: it has enough`;
      case 'completed':
        return `completed: ${shown(event.result)}`;
      case 'failed':
        return `failed: ${event.error.code}, ${event.error.message}`;
      case 'parked':
        return `parked: ${event.error.code}, ${event.error.message}`;
      case 'resumed':
        return 'goes on';
      case 'cancelled':
        return 'cancelled';
      default:
        return event satisfies never;
    }
  }

  #name(id: string, event: Extract<JobEvent, { readonly step: number }>): string {
    const key = `${event.step} ${id}`;
    if (event.event === 'asked') this.#names.set(key, event.category);
    else if (event.event === 'expecting') this.#names.set(key, event.topic);
    else if (event.event === 'sleeping') this.#names.set(key, 'its sleep');
    return this.#names.get(key) ?? `step ${event.step}`;
  }
}

/** A dead letter: whose, from where, and why. */
export function letterText({ key, headers = {} }: OutgoingRecord): string {
  const { 'requite-reason': reason, 'requite-detail': detail, 'requite-origin-topic': from } = headers;
  const origin = from === undefined ? '' : ` from ${from}`;
  return `dead letter of ${textOf(key)}${origin}: ${reason}${detail === undefined ? '' : `, ${detail}`}`;
}

/** One event of a report, in few words: the step by its number. */
export function stepText(event: JobEvent): string {
  const step = 'step' in event ? ` ${event.step}` : '';
  const error = 'error' in event && event.error !== undefined ? ` (${event.error.code})` : '';
  const result = event.event === 'completed' ? ` ${shown(event.result)}` : '';
  return `${event.event}${step}${error}${result}`;
}

/** The workflow-id that a `qaIdentifier` names; null where it is none of ours. */
export const askerOf = (qaIdentifier: string): string | null =>
  parseQaIdentifier(qaIdentifier)?.workflowId ?? null;

const textOf = (key: Payload): string => (typeof key === 'string' ? key : 'no key');

function parsed(value: Payload): unknown {
  try {
    return typeof value === 'string' ? JSON.parse(value) : null;
  } catch {
    return value; // Not JSON: shown as the text that it is.
  }
}
