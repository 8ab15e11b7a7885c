// The order service's part of the choreography: it dispatches orders, and keeps the table of times.
import {
  checkedRules,
  choreographyTopics,
  dispatchContent,
  dispatchFold,
  eventRules,
  type Json,
  type OrderDispatch,
  partitionFor,
  TransportError,
} from '../../core/mod.ts';
import { choreographyTopicsOn, tellRules } from '../platform/host/choreography.ts';
import { serveFold } from '../platform/host/folds.ts';
import { onPlatform } from '../platform/host/on-platform.ts';
import { prepareTopics } from '../platform/host/prepare.ts';
import { HttpProblem, type Opening, unavailable } from '../platform/http/index.ts';
import { type Platform, readinessOf } from '../platform/service.ts';
import { openView, removeViewFile, type View, viewFile } from '../platform/view/index.ts';
import {
  foldTimes,
  TIMES_VIEW_DDL,
  TIMES_VIEW_VERSION,
  type TimesCursor,
  type TimesRow,
  TimesTable,
} from './choreography-view.ts';

/** How long a POST waits until its order is decided, and a list until the view has caught up, in milliseconds. */
const DECISION_MS = 10_000;

/** What the routes serve, and what readiness depends on. */
export interface OrderChoreography {
  readonly dispatches: Dispatches;
  /** 'running', or what it waits for. */
  readiness(): string;
  /** Ends what waits. */
  drain(): Promise<void>;
}

/** Opens it: topics, fold, view. Throws `EventRulesError` where the rules can't be run with. */
export async function openChoreography(
  platform: Platform,
  { logger, onWaiting, onStop }: Pick<Opening, 'logger' | 'onWaiting' | 'onStop'>,
): Promise<OrderChoreography> {
  const { settings, backing, stopping } = platform;
  const { transport } = backing;
  const { eventBus: bus, ordersPort, dataDir } = settings;
  const rules = checkedRules(eventRules);
  const others = choreographyTopicsOn(bus);
  const asked = { transport, partitions: settings.partitions, logger, others, stopping, onWaiting };
  const partitions = await prepareTopics(asked);
  await tellRules({ transport, partitions, service: 'orders-service', rules, logger, stopping });
  const file = viewFile(dataDir, 'order-times', ordersPort);
  const view = await openView({
    transport,
    topics: [choreographyTopics.orderTimes],
    file,
    version: TIMES_VIEW_VERSION,
    ddl: TIMES_VIEW_DDL,
    apply: foldTimes,
    logger,
  });
  // with a free port the next start takes another file: this one would lie there for ever
  if (ordersPort === 0) onStop(async () => removeViewFile(file));
  onStop(() => view.close());
  const host = { ...onPlatform(platform, logger), topics: others };
  const fold = await serveFold(dispatchFold({ bus, rules }), host);
  onStop(() => fold.stop());
  return {
    dispatches: new Dispatches(platform, view, partitions),
    readiness: () => {
      const { checks, ready } = readinessOf({ times: view, dispatches: fold });
      return ready ? 'running' : (Object.values(checks).filter((each) => each !== 'running')[0] ?? 'waiting');
    },
    drain: () => view.close(),
  };
}

/** The orders of the choreography: dispatched through the log, and how far each has come. */
export class Dispatches {
  readonly #platform: Platform;
  readonly #view: View;
  readonly #times: TimesTable;
  readonly #partitions: number;

  constructor(platform: Platform, view: View, partitions: number) {
    this.#platform = platform;
    this.#view = view;
    this.#times = new TimesTable(view.db);
    this.#partitions = partitions;
  }

  /**
   * Dispatches an order and waits until it is decided: durable, by this request or by one before with the same content.
   * Throws `HttpProblem`: 409 where another order has the id, 503 where nothing was confirmed.
   */
  async dispatch(dispatch: OrderDispatch): Promise<TimesRow> {
    const { id, detail } = dispatch;
    const content = await this.#decided(dispatch);
    const row = this.#times.find(id);
    if (content === undefined || row === undefined) throw unconfirmed(id);
    if (content === dispatchContent(detail as Json)) return row;
    const why =
      'There is another order under this id, which stands: send this one under an id of its own, or leave the id out.';
    throw new HttpProblem({ status: 409, code: 'order-conflict', detail: why });
  }

  /**
   * The order's row as soon as it has this time, or is there at all; undefined when the time is over, or the signal says
   * that the client is gone.
   */
  find(
    id: string,
    isEnough: (row: TimesRow) => boolean,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<TimesRow | undefined> {
    const probe = (): TimesRow | undefined => {
      const row = this.#times.find(id);
      return row !== undefined && isEnough(row) ? row : undefined;
    };
    return this.#view.waitFor(probe, timeoutMs, signal);
  }

  /** A page of the table, the newest orders first, complete as of the moment it is asked for. */
  async page(limit: number, after: TimesCursor | null): Promise<ReturnType<TimesTable['page']>> {
    if (await this.#view.caughtUp(DECISION_MS)) return this.#times.page(limit, after);
    throw new TransportError('unavailable', 'the times on the log are not all read yet');
  }

  async #decided(dispatch: OrderDispatch): Promise<string | undefined> {
    const { backing, telemetry } = this.#platform;
    const { id } = dispatch;
    const traceparent = telemetry.active();
    try {
      await backing.transport.publish([
        {
          topic: choreographyTopics.orderDispatches,
          partition: partitionFor(id, this.#partitions),
          key: id,
          value: JSON.stringify(dispatch),
          ...(traceparent === null ? {} : { headers: { traceparent } }),
        },
      ]);
      return await this.#view.waitFor(() => this.#times.contentOf(id), DECISION_MS);
    } catch (error) {
      if (error instanceof TransportError && (error.canRetry || error.code === 'closed'))
        throw unconfirmed(id, error);
      throw error;
    }
  }
}

/** The id is named: it may have been made here, and the same order without it would be another. */
function unconfirmed(id: string, cause?: unknown): HttpProblem {
  const detail = `The order was not confirmed in time, and may come to be all the same. Send it again with "id": ${JSON.stringify(id)}: that does no harm.`;
  return unavailable('not-confirmed', detail, cause);
}
