import {
  decode,
  type IncomingRecord,
  letterId,
  parseLetterId,
  REPLAY_HEADER,
  ReplayMark,
  readOrigin,
  type Static,
  topics,
} from '../../../core/mod.ts';
import type { Database, Statement } from '../../platform/view/index.ts';

/** What somebody else may have written is cut to so many characters. */
const MAX_TEXT = 500;

/** Folds `dead-letters` and `dead-letter-replays`: where each letter lies and why, and which were replayed. */
export class LetterFold {
  private readonly putLetter: Statement;
  private readonly putReplay: Statement;
  private readonly dropReplay: Statement;

  constructor(db: Database) {
    this.putLetter = db.prepare('INSERT OR REPLACE INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.putReplay = db.prepare(
      'INSERT INTO dead_letter_replays VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET replayed_at = excluded.replayed_at, times = times + 1',
    );
    this.dropReplay = db.prepare('DELETE FROM dead_letter_replays WHERE partition = ? AND log_offset = ?');
  }

  /** Null when applied; else why the record was skipped. */
  apply(record: IncomingRecord): string | null {
    return record.topic === topics.deadLetters ? this.applyLetter(record) : this.applyReplay(record);
  }

  private applyLetter(record: IncomingRecord): null {
    const { partition, offset, timestampMs, headers, key } = record;
    const { reason, detail, topic, ...origin } = readOrigin(record);
    const text = (from: string): string => from.slice(0, MAX_TEXT);
    const replayOf = headers[REPLAY_HEADER];
    this.putLetter.run(
      partition,
      offset,
      timestampMs,
      text(reason),
      text(detail),
      text(topic),
      origin.partition,
      origin.offset,
      typeof key === 'string' ? text(key) : null,
      replayOf !== undefined && parseLetterId(replayOf) !== null ? replayOf : null,
    );
    return null;
  }

  private applyReplay(record: IncomingRecord): string | null {
    const letter = typeof record.key === 'string' ? parseLetterId(record.key) : null;
    if (letter === null) return 'wrong-key';
    if (record.value === null) {
      this.dropReplay.run(letter.partition, letter.offset);
      return null;
    }
    const mark = decode<Static<typeof ReplayMark>>(record.value, ReplayMark);
    if (!mark.ok) return mark.reason;
    if (letterId(mark.value) !== record.key) return 'wrong-key';
    this.putReplay.run(letter.partition, letter.offset, mark.value.time.slice(0, MAX_TEXT));
    return null;
  }
}
