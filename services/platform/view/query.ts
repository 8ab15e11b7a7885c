import { partitionFor, TooManyWaits, type WaitingList } from '../../../core/mod.ts';
import { HttpProblem, unavailable } from '../http/problem.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import { type Hop, hop } from './hop.ts';
import type { Holder, Placement } from './placement.ts';
import { KEYED_WAITERS_MAX } from './waiters.ts';

/** A hop to another instance may take so long, also for a read that does not wait. */
const HOP_MS = 1_000;
/** A forwarded read waits at most so long at a time: servers close connections that are silent for longer. */
const SLICE_MS = 60_000;
const FIRST_RETRY_MS = 20;
const MAX_RETRY_MS = 500;

export interface Query<T> {
  readonly key: string;
  /** How long to wait for the key to show something; 0 does not wait. */
  readonly timeoutMs: number;
  /** Asks another instance for the same: path and query, to which `timeout` is added. */
  readonly path: string;
  readonly probe: () => T | undefined;
  /** Whether the request came from another instance: then it is answered from here or refused. */
  readonly forwarded: boolean;
  /** Ends the wait, because the client is gone. */
  readonly signal?: AbortSignal;
}

export interface Answered<T> {
  readonly value: T;
  /** The address of the instance that answered. */
  readonly servedBy: string;
}

/** What a query needs of the view that it is put to. */
export interface Ground {
  readonly instanceId: string;
  readonly url: string;
  readonly partitions: number;
  readonly waiting: WaitingList;
  readonly logger: Logger;
  /** So long an instance that did not answer is asked only when there is no other. */
  readonly avoidMs: number;
  /** Headers for requests to other instances: who asks, and the trace that it belongs to. */
  headers(): Promise<Readonly<Record<string, string>>>;
  isClosed(): boolean;
  /** Null while the instances are not known yet. */
  placement(): Placement | null;
  /** Whether the copy here may answer. */
  isCurrent(partition: number): boolean;
  /** Calls when the placement changed or the view closes; returns how to end that. */
  onChange(listener: () => void): () => void;
}

/** Something of a query that is under way. */
interface Pending<T> extends Query<T> {
  readonly partition: number;
  readonly deadlineMs: number;
  /** Until then hops are tried: they take time also where the read itself doesn't wait. */
  readonly hopsUntilMs: number;
}

type Step<T> = { readonly done: Answered<T> | undefined } | 'again' | 'later';

const MOVED: unique symbol = Symbol('moved');

/** Puts queries to whoever has their key. */
export class Router {
  readonly #ground: Ground;
  /** Instances that did not answer, until when they are avoided. */
  readonly #avoided: Map<string, number> = new Map();
  #hops = 0;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  async query<T>(query: Query<T>): Promise<Answered<T> | undefined> {
    const nowMs = performance.now();
    const deadlineMs = nowMs + Math.max(0, query.timeoutMs);
    const partition = partitionFor(query.key, this.#ground.partitions);
    const pending = { ...query, partition, deadlineMs, hopsUntilMs: Math.max(deadlineMs, nowMs + HOP_MS) };
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(MAX_RETRY_MS, retryMs * 2)) {
      if (query.signal?.aborted === true) return undefined;
      const step = await this.#step(pending);
      if (typeof step === 'object') return step.done;
      if (step === 'later') await this.#pause(Math.min(retryMs, left(pending.hopsUntilMs)), query.signal);
    }
  }

  async #step<T>(pending: Pending<T>): Promise<Step<T>> {
    const { instanceId, isClosed } = this.#ground;
    const holder = isClosed() ? undefined : this.#choose(pending.partition, pending.forwarded);
    if (holder?.instanceId === instanceId) return this.#here(pending);
    if (pending.forwarded) throw notTheOwner();
    if (isClosed()) throw unavailable('stopping', 'This instance is stopping: send the same again.');
    if (holder === undefined) return left(pending.deadlineMs) > 0 ? 'later' : { done: undefined };
    const step = await this.#there(pending, holder);
    return typeof step === 'object' || left(pending.hopsUntilMs) > 0 ? step : { done: undefined };
  }

  /** The holder to ask: the owner, unless its copy is behind, or it did not answer, and a standby's is better. */
  #choose(partition: number, onlyHere: boolean): Holder | undefined {
    const { instanceId, isCurrent, placement } = this.#ground;
    const holders = placement()?.holders(partition) ?? [];
    if (onlyHere) return holders.find((each) => each.instanceId === instanceId);
    const nowMs = performance.now();
    const penalty = (holder: Holder): number => {
      const isHere = holder.instanceId === instanceId;
      const hasCopy = isHere ? isCurrent(partition) : holder.partitions.includes(partition);
      const isAvoided = !isHere && (this.#avoided.get(holder.instanceId) ?? 0) > nowMs;
      return (isAvoided ? 2 : 0) + (hasCopy ? 0 : 1);
    };
    return [...holders].sort((one, other) => penalty(one) - penalty(other))[0];
  }

  async #here<T>(pending: Pending<T>): Promise<Step<T>> {
    const { waiting, url, instanceId, isClosed, isCurrent, placement } = this.#ground;
    const { key, partition, probe, signal } = pending;
    const attempt = (): { value: T } | typeof MOVED | undefined => {
      if (isClosed() || placement()?.holds(instanceId, partition) !== true) return MOVED;
      if (!isCurrent(partition)) return undefined;
      const value = probe();
      return value === undefined ? undefined : { value };
    };
    const wait = waiting.begin(key, attempt, left(pending.deadlineMs));
    signal?.addEventListener('abort', wait.cancel, { once: true });
    try {
      const found = await wait.value;
      if (found === MOVED) return 'again';
      return { done: found === undefined ? undefined : { value: found.value, servedBy: url } };
    } finally {
      signal?.removeEventListener('abort', wait.cancel);
    }
  }

  async #there<T>(pending: Pending<T>, holder: Holder): Promise<Step<T>> {
    if (this.#hops >= KEYED_WAITERS_MAX) throw new TooManyWaits(KEYED_WAITERS_MAX);
    const { instanceId, logger, headers } = this.#ground;
    const waitMs = Math.min(SLICE_MS, left(pending.deadlineMs));
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    const timer = setTimeout(
      stop,
      waitMs < SLICE_MS ? Math.max(left(pending.hopsUntilMs), 1) : waitMs + HOP_MS,
    );
    const endWatch = this.#ground.onChange(() => {
      if (!this.#isThere(holder, pending.partition)) stop();
    });
    pending.signal?.addEventListener('abort', stop, { once: true });
    this.#hops++;
    try {
      const askFor = async (ms: number): Promise<Hop> => {
        const url = addressOf(holder.url, pending.path, ms);
        return hop({ url, instanceId, headers, signal: abort.signal, isQuick: ms === 0 });
      };
      // most of what is read is there already, and a quick hop is the cheaper one
      let answer = await askFor(0);
      if (answer.kind === 'absent' && waitMs > 0 && !abort.signal.aborted) answer = await askFor(waitMs);
      if (answer.kind === 'found') return { done: { value: answer.value as T, servedBy: holder.url } };
      if (answer.kind === 'absent') return left(pending.deadlineMs) > 0 ? 'later' : { done: undefined };
      if (answer.kind === 'elsewhere' || abort.signal.aborted)
        return abort.signal.aborted ? 'again' : 'later';
      logger.debug({ holder: holder.instanceId, reason: answer.reason }, 'another instance did not answer');
      return this.#avoid(holder.instanceId) ? 'again' : 'later';
    } finally {
      this.#hops--;
      clearTimeout(timer);
      endWatch();
      pending.signal?.removeEventListener('abort', stop);
    }
  }

  /** Whether the instance is still where it was, and holds the partition. */
  #isThere({ instanceId, url }: Holder, partition: number): boolean {
    if (this.#ground.isClosed()) return false;
    const holders = this.#ground.placement()?.holders(partition) ?? [];
    return holders.some((each) => each.instanceId === instanceId && each.url === url);
  }

  /** Asks others first for a while; returns whether that is news. */
  #avoid(instanceId: string): boolean {
    const nowMs = performance.now();
    const wasAvoided = (this.#avoided.get(instanceId) ?? 0) > nowMs;
    for (const [id, untilMs] of this.#avoided) if (untilMs <= nowMs) this.#avoided.delete(id);
    this.#avoided.set(instanceId, nowMs + this.#ground.avoidMs);
    return !wasAvoided;
  }

  /** Until the time is over or the placement changes. */
  async #pause(ms: number, signal?: AbortSignal): Promise<void> {
    const end = new AbortController();
    const stop = (): void => end.abort();
    const endWatch = this.#ground.onChange(stop);
    signal?.addEventListener('abort', stop, { once: true });
    await pause(Math.max(1, ms), end.signal);
    endWatch();
    signal?.removeEventListener('abort', stop);
  }
}

const left = (untilMs: number): number => Math.max(0, untilMs - performance.now());

function addressOf(base: string, path: string, timeoutMs: number): URL {
  const url = new URL(`${base.replace(/\/+$/, '')}${path}`);
  url.searchParams.set('timeout', String(Math.ceil(timeoutMs)));
  return url;
}

function notTheOwner(): HttpProblem {
  const detail = 'This instance does not hold the key now: look again who does, and ask there.';
  return new HttpProblem({ status: 421, code: 'not-the-owner', detail });
}
