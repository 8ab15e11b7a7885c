import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type IncomingRecord, MemoryLog, type Transport, TransportError } from '../../../core/mod.ts';
import {
  type Database,
  openView,
  type View,
  type ViewOptions,
} from '../../../services/platform/view/index.ts';

export const TOPIC = 'things';
export const PARTITIONS = 3;

/** A log, a file and what was logged, for views that list the values of a topic in order. */
export class ViewBench {
  readonly log: MemoryLog = new MemoryLog({ sleep: (ms) => Bun.sleep(ms) });
  readonly file: string = join(mkdtempSync(join(tmpdir(), 'requite-view-')), 'views', 'things.db');
  readonly logged: Record<string, unknown>[] = [];
  readonly views: View[] = [];

  static async make(): Promise<ViewBench> {
    const bench = new ViewBench();
    await bench.log.createTopics([{ name: TOPIC, partitions: PARTITIONS }]);
    return bench;
  }

  async open(changes: Partial<ViewOptions> = {}): Promise<View> {
    const logger = pino(
      { level: 'debug' },
      { write: (line: string) => void this.logged.push(JSON.parse(line)) },
    );
    const view = await openView({
      transport: this.log,
      file: this.file,
      version: 1,
      ddl: 'CREATE TABLE things (value TEXT PRIMARY KEY, times INTEGER NOT NULL)',
      topics: [TOPIC],
      apply: countThings,
      logger,
      ...changes,
    });
    this.views.push(view);
    return view;
  }

  async publish(...values: string[]): Promise<void> {
    await this.log.publish(
      values.map((value, at) => ({ topic: TOPIC, partition: at % PARTITIONS, key: value, value })),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.views.map((view) => view.close()));
  }

  messages(): unknown[] {
    return this.logged.map(({ msg }) => msg);
  }
}

/** Counts how often each value came; throws for 'poison'. */
export function countThings(db: Database, records: readonly IncomingRecord[]): void {
  const count = db.query('INSERT INTO things VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1');
  for (const { value } of records) {
    if (value === 'poison') throw new Error('can not digest it');
    count.run(String(value));
  }
}

/** How often each value was applied. */
export function things(view: View): Record<string, number> {
  const rows = view.db.query('SELECT value, times FROM things ORDER BY value').all() as {
    value: string;
    times: number;
  }[];
  return Object.fromEntries(rows.map(({ value, times }) => [value, times]));
}

/** A log that can go away for a while: everything then throws `unavailable`. */
export function flaky(log: Transport): { transport: Transport; isAway: boolean } {
  const state = { isAway: false, transport: log };
  const refuse = (): void => {
    if (state.isAway) throw new TransportError('unavailable', 'no broker answers');
  };
  state.transport = {
    createTopics: (specs) => log.createTopics(specs),
    publish: (records) => log.publish(records),
    join: (options) => log.join(options),
    close: () => log.close(),
    logId: async () => {
      refuse();
      return log.logId();
    },
    endOffsets: async (topic) => {
      refuse();
      return log.endOffsets(topic);
    },
    read: async (options) => {
      refuse();
      const reader = await log.read(options);
      return {
        poll: async (poll) => {
          refuse();
          const records = await reader.poll({ ...poll, waitMs: Math.min(poll.waitMs, 20) });
          refuse(); // went away while it was polled: what came is lost with the connection
          return records;
        },
        position: (topic, partition) => reader.position(topic, partition),
        close: () => reader.close(),
      };
    },
  };
  return state;
}
