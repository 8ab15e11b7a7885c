import type { Logger } from '../../log.ts';

interface RdEvents {
  on(
    event: 'event.log',
    listener: (entry: { fac?: string; message?: string; severity?: number }) => void,
  ): unknown;
  on(event: 'event.error', listener: (error: { message: string }) => void): unknown;
}

/** Passes on what librdkafka says of itself, at debug level: what matters of it comes as errors of calls. */
export function logTo(logger: Logger, client: object): void {
  const events = client as RdEvents;
  events.on('event.log', ({ fac, message = '', severity }) => {
    logger.debug({ client: 'librdkafka', fac, severity }, message);
  });
  events.on('event.error', ({ message }) => {
    logger.debug({ client: 'librdkafka' }, message);
  });
}
