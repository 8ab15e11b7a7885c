import type { Caller, CallOptions } from './call.ts';
import { afterIn, itemsOf } from './pages.ts';
import { routes } from './routes.ts';
import type {
  DeadLetter,
  DeadLettersPage,
  ListedDeadLetter,
  ReplayedDeadLetter,
  ReplayedDeadLetters,
} from './types.ts';

const PAGE = 1_000;

/** Where a dead letter lies. */
export interface DeadLetterPlace {
  readonly partition: number;
  readonly offset: number;
}

/** Which dead letters. */
export interface DeadLetterFilter {
  /** Such as `invalid-input`. */
  readonly reason?: string;
  /** Where they came from. */
  readonly topic?: string;
}

/** What is to be put back: a reason, a topic or both. */
export interface ReplayRequest extends DeadLetterFilter {
  /** Goes on behind this one, as partition/offset. */
  readonly after?: string;
  /** At most so many: 1 to 1,000, default 100. */
  readonly limit?: number;
  /** Only tells what would be done. */
  readonly dryRun?: boolean;
  /** Also those that were put back before. */
  readonly again?: boolean;
}

/** Records that were refused. All methods throw `RequiteError`. */
export class DeadLetters {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** All of them, by partition and offset; `replayed`: also those that were put back. */
  list(
    { reason, topic, replayed = false }: DeadLetterFilter & { readonly replayed?: boolean } = {},
    { signal }: CallOptions = {},
  ): AsyncGenerator<ListedDeadLetter, void, undefined> {
    return itemsOf(async (after) => {
      const query = { reason, topic, replayed: replayed ? 'show' : 'hide', limit: PAGE, after };
      const page: DeadLettersPage = await this.#caller.json(routes.deadLetters, { query, signal });
      return { items: page.deadLetters, after: afterIn(page.links) };
    });
  }

  /** One of them, with the record as it came. */
  get({ partition, offset }: DeadLetterPlace, { signal }: CallOptions = {}): Promise<DeadLetter> {
    return this.#caller.json(routes.deadLetter, { path: { partition, offset }, signal });
  }

  /** Puts one back to where it came from; twice is harmless. */
  replay({ partition, offset }: DeadLetterPlace, { signal }: CallOptions = {}): Promise<ReplayedDeadLetter> {
    return this.#caller.json(routes.replay, { path: { partition, offset }, signal });
  }

  /** Puts many back. Where `after` of what it gives is not null, there are more behind it. */
  replayMany(request: ReplayRequest, { signal }: CallOptions = {}): Promise<ReplayedDeadLetters> {
    return this.#caller.json(routes.replayMany, { body: request, signal });
  }
}
