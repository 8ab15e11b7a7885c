import { Type } from '@sinclair/typebox';
import { pino } from 'pino';
import { type Transport, topicSpecs } from '../../../core/mod.ts';
import {
  Book,
  type Configuration,
  type ConfigurationOptions,
  type Desk,
  openConfiguration,
} from '../../../services/platform/configuration/index.ts';
import { until } from '../../support/until.ts';

export const PARTITIONS = 3;

export const ShopSettings = Type.Object({
  batchSize: Type.Integer({ default: 5, minimum: 1, maximum: 100, description: 'how many at once' }),
  greeting: Type.String({ default: 'hello', maxLength: 50, description: 'what is said first' }),
});

/** What a log has that a test can look at. */
export interface Bench {
  readonly transport: Transport;
  readonly logged: { readonly level: string; readonly msg: string; readonly [field: string]: unknown }[];
  open(more?: Partial<ConfigurationOptions>): Configuration;
  /** A desk with a book of its own, as a command or an instance of the service has it. */
  desk(transport?: Transport): Promise<Desk>;
  close(): Promise<void>;
}

/** A log with nothing on it, whoever keeps it. */
export async function makeBench(transport: Transport, createTopics = true): Promise<Bench> {
  const logged: Bench['logged'] = [];
  const logger = pino(
    { level: 'info', formatters: { level: (label) => ({ level: label }) } },
    { write: (line: string) => void logged.push(JSON.parse(line)) },
  );
  const opened: { close(): Promise<void> }[] = [];
  const kept = <T extends { close(): Promise<void> }>(each: T): T => {
    opened.push(each);
    return each;
  };
  if (createTopics) await transport.createTopics(topicSpecs(PARTITIONS));
  return {
    transport,
    logged,
    open: (more = {}) => kept(openConfiguration({ transport, pinned: {}, logger, ...more })),
    desk: async (own = transport) => {
      const book = kept(new Book(own, logger));
      if (!(await book.caughtUp(20_000))) throw new Error('the book does not catch up');
      return { transport: own, book, pins: async () => [] };
    },
    close: async () => {
      for (const each of opened.reverse()) await each.close();
    },
  };
}

/** Waits until the log says what the service can be told. */
export function known(desk: Desk, service: string, ...keys: readonly string[]): Promise<true> {
  return until(`the schema of ${service}`, () => {
    const settings = desk.book.schema(service)?.settings ?? {};
    return Object.keys(settings).sort().join() === [...keys].sort().join();
  });
}
