import { type Reader, type Transport, TransportError } from '../../../core/mod.ts';

/** A log that can be taken away and given back. */
export function breakable(behind: Transport): {
  readonly transport: Transport;
  setAway(isAway: boolean): void;
} {
  let isAway = false;
  const there = (): void => {
    if (isAway) throw new TransportError('unavailable', 'the log is away');
  };
  const reading = (reader: Reader): Reader => ({
    poll: async (options) => {
      there();
      // not for long, so that a log that goes away is noticed as it would be on a connection
      const records = await reader.poll({ ...options, waitMs: Math.min(50, options.waitMs) });
      there();
      return records;
    },
    position: (topic, partition) => reader.position(topic, partition),
    close: () => reader.close(),
  });
  const transport: Transport = {
    createTopics: (topics) => behind.createTopics(topics),
    publish: async (records) => {
      there();
      await behind.publish(records);
    },
    join: (options) => behind.join(options),
    read: async (options) => {
      there();
      return reading(await behind.read(options));
    },
    endOffsets: async (topic) => {
      there();
      return behind.endOffsets(topic);
    },
    logId: () => behind.logId(),
    close: () => behind.close(),
  };
  return {
    transport,
    setAway: (next) => {
      isAway = next;
    },
  };
}
