import type { IncomingRecord } from '../messages/record.ts';

/** Why a record is in the dead letters and where it came from, as its headers say. */
export interface LetterOrigin {
  /** 'unknown' where no header says. */
  readonly reason: string;
  readonly detail: string;
  /** '' where no header says. */
  readonly topic: string;
  /** Null, like the offset, for what was taken in earlier and turned out to belong nowhere. */
  readonly partition: number | null;
  readonly offset: number | null;
}

/** Reads the headers of a dead letter. */
export function readOrigin({ headers }: Pick<IncomingRecord, 'headers'>): LetterOrigin {
  return {
    reason: headers['requite-reason'] ?? 'unknown',
    detail: headers['requite-detail'] ?? '',
    topic: headers['requite-origin-topic'] ?? '',
    partition: numberIn(headers['requite-origin-partition']),
    offset: numberIn(headers['requite-origin-offset']),
  };
}

function numberIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
