import { type FinishedSpan, type IncomingRecord, isSampled, takingContext } from '../../../core/mod.ts';
import type { Attributes, Telemetry } from '../telemetry/telemetry.ts';

/** A record's handling, as a span that is told once the unit of work is durable. */
export interface RecordSpan {
  /** The trace context for what the record causes; null where it has none. */
  readonly traceparent: string | null;
  set(attributes: Attributes): void;
  fail(reason: string): void;
  /** Now is its end; default: when all are told. */
  end(): void;
}

type Open = { -readonly [K in keyof FinishedSpan]: FinishedSpan[K] };

/** The spans of a batch of records: one for each whose trace is sampled. Costs nothing for the others. */
export class RecordSpans {
  readonly #telemetry: Telemetry | undefined;
  readonly #group: string;
  readonly #beganMs: number = Date.now();
  readonly #spans: Open[] = [];

  constructor(telemetry: Telemetry | undefined, group: string) {
    this.#telemetry = telemetry;
    this.#group = group;
  }

  /** Begins the handling of a record. The span-id follows from group and place, so that a redelivery makes the same. */
  begin(record: IncomingRecord, name: string): RecordSpan {
    const { traceparent = null } = record.headers;
    if (this.#telemetry?.tracing !== true || !isSampled(traceparent)) return passingOn(traceparent);
    return this.#add(record, name, takingContext(this.#group, record), Date.now());
  }

  /** The same for one whose context is known already, and that began with the batch. */
  add(record: IncomingRecord, name: string, traceparent: string): void {
    this.#add(record, name, traceparent, this.#beganMs);
  }

  /** What they caused is durable. */
  tell(): void {
    if (this.#spans.length === 0) return;
    const nowMs = Date.now();
    this.#telemetry?.record(this.#spans.map((span) => ({ ...span, endMs: span.endMs || nowMs })));
    this.#spans.length = 0;
  }

  #add(record: IncomingRecord, name: string, traceparent: string, startMs: number): RecordSpan {
    const { topic, partition, offset } = record;
    const span: Open = {
      name,
      kind: 'consumer',
      traceparent,
      parent: record.headers.traceparent ?? null,
      startMs,
      endMs: 0,
      attributes: {
        'messaging.destination.name': topic,
        'messaging.destination.partition.id': String(partition),
        'messaging.kafka.offset': offset,
        'messaging.consumer.group.name': this.#group,
      },
      failure: null,
    };
    this.#spans.push(span);
    return {
      traceparent,
      set: (attributes) => {
        span.attributes = { ...span.attributes, ...attributes };
      },
      fail: (reason) => {
        span.failure ??= reason;
      },
      end: () => {
        span.endMs = Date.now();
      },
    };
  }
}

function passingOn(traceparent: string | null): RecordSpan {
  return { traceparent, set: () => undefined, fail: () => undefined, end: () => undefined };
}
