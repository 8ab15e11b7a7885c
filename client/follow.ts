import { type Caller, type Given, parsed, pauseBefore } from './call.ts';
import { RequiteError } from './error.ts';
import { serverEvents } from './event-stream.ts';
import type { Route } from './routes.ts';
import { sleep } from './time.ts';

/** At least so often something comes on a stream of events, in milliseconds. */
export const COMMENT_MS = 16_000;

/** One event with its JSON. */
export interface Told {
  readonly event: string;
  readonly data: unknown;
}

/**
 * The events of a route, none twice and none left out: where the stream ends or breaks off, it is opened again behind the
 * last event. Ends after an event of which `isLast` says so, or where the coordinator says that there are no more.
 */
export async function* follow<Path extends string>(
  caller: Caller,
  route: Route<Path, never>,
  given: Given<Path, never>,
  isLast: (event: string) => boolean,
): AsyncGenerator<Told, void, undefined> {
  let id = '';
  for (let inVain = 0; ; inVain++) {
    const headers = { accept: 'text/event-stream', ...(id === '' ? {} : { 'last-event-id': id }) };
    const body = await caller.stream(route, { ...given, headers });
    if (body === null) return;
    try {
      for await (const each of serverEvents(body)) {
        inVain = 0;
        id = each.id;
        yield { event: each.event, data: parsed(each.data, 200) };
        if (isLast(each.event)) return;
      }
    } catch (error) {
      // broken off: it goes on behind the last event, or the coordinator says why not
      if (!(error instanceof RequiteError && error.retryable)) throw error;
    }
    await sleep(pauseBefore(inVain, null), given.signal);
  }
}
