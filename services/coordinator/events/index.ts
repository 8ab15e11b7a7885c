// Server-sent events of runs: what a coordinator's view comes to know, told to whoever follows it.
import { type Transport, topics } from '../../../core/mod.ts';
import type { CoordinatorView } from '../view/index.ts';
import { AllRunsChannel } from './all-channel.ts';
import { type ReadPosition, reached } from './position.ts';
import { RunChannel } from './run-channel.ts';
import { EventStreams, type StreamLimits } from './streams.ts';

export { readPosition } from './position.ts';

export interface RunEventsOptions {
  readonly view: CoordinatorView;
  readonly transport: Pick<Transport, 'endOffsets'>;
  readonly limits?: StreamLimits;
  /** Called for each reader that did not keep up. */
  readonly onCut?: () => void;
}

/** The events of runs, for any number of readers up to a limit. */
export class RunEvents {
  readonly #view: CoordinatorView;
  readonly #transport: Pick<Transport, 'endOffsets'>;
  readonly #streams: EventStreams;
  readonly #runs: Map<string, RunChannel> = new Map();
  readonly #all: AllRunsChannel;

  constructor({ view, transport, ...options }: RunEventsOptions) {
    this.#view = view;
    this.#transport = transport;
    this.#all = new AllRunsChannel(view);
    this.#streams = new EventStreams({ onApplied: (listener) => view.onApplied(listener), ...options });
  }

  /** How many streams are open. */
  get open(): number {
    return this.#streams.open;
  }

  /**
   * The events of a run that the view has, from a position on: an endless answer, or 204 where its end was read already.
   * Throws a 503 where there are too many streams, and `TransportError`.
   */
  async followRun(runId: string, from: ReadPosition | null, signal: AbortSignal): Promise<Response> {
    const position = await this.#known(from);
    const channel = this.#runs.get(runId) ?? new RunChannel(runId, this.#view);
    if (position !== null && channel.hasRead(position)) return new Response(null, { status: 204 });
    let leave = (): void => {};
    const stream = this.#streams.begin(signal, () => {
      leave();
      if (!channel.isEmpty) return;
      this.#streams.leave(channel);
      this.#runs.delete(runId);
    });
    leave = channel.add(stream, position);
    this.#runs.set(runId, channel);
    this.#streams.follow(channel);
    return stream.response;
  }

  /** The events of all runs, from a position on: an endless answer. Throws as `followRun` does. */
  async followAll(from: ReadPosition | null, signal: AbortSignal): Promise<Response> {
    const position = await this.#known(from);
    let leave = (): void => {};
    const stream = this.#streams.begin(signal, () => {
      leave();
      if (this.#all.isEmpty) this.#streams.leave(this.#all);
    });
    leave = this.#all.add(stream, position);
    this.#streams.follow(this.#all);
    return stream.response;
  }

  /** Ends all streams. */
  stop(): void {
    this.#streams.stop();
  }

  /** The position; null where it is of another log, which was before this one. */
  async #known(from: ReadPosition | null): Promise<ReadPosition | null> {
    if (from === null || reached(this.#view.reportOffsets(), from.offsets)) return from;
    const ends = await this.#transport.endOffsets(topics.workflowEvents);
    return reached(ends, from.offsets) ? from : null;
  }
}
