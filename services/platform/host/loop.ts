import type { Registry } from 'prom-client';
import { type Loop, type Processor, startLoop, type Transport } from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import { LoopMetrics, type ObservedLoop } from './loop-metrics.ts';

export { type Loop, offsetsAfter, type Processor } from '../../../core/mod.ts';

export interface LoopOptions {
  readonly transport: Transport;
  readonly logger: Logger;
  /** Where it is counted. */
  readonly metrics?: Registry | undefined;
}

/** The core's loop on this machine's clock: joins the group and runs the processor until stopped. */
export function runLoop(processor: Processor, { transport, logger, metrics }: LoopOptions): Loop {
  const { group } = processor;
  const counts = metrics === undefined ? null : LoopMetrics.in(metrics);
  const observer = counts === null ? undefined : countingFor(counts, group);
  const now = (): number => performance.now();
  const loop = startLoop(processor, { transport, logger, now, pause: interruptiblePause, observer });
  if (counts === null) return loop;
  const observed = observable(loop, processor, transport, logger);
  counts.add(observed);
  return {
    ledger: loop.ledger,
    get consumer() {
      return loop.consumer;
    },
    readiness: () => loop.readiness(),
    stop: async () => {
      await loop.stop();
      counts.remove(observed);
    },
  };
}

function countingFor(
  counts: LoopMetrics,
  group: string,
): { batch: (tookMs: number) => void; failed: () => void } {
  return {
    batch: (tookMs) => counts.batch(group, tookMs / 1000),
    failed: () => counts.failed(group),
  };
}

function interruptiblePause(ms: number): { over: Promise<void>; end: () => void } {
  const ended = new AbortController();
  return { over: pause(ms, ended.signal), end: () => ended.abort() };
}

function observable(loop: Loop, processor: Processor, transport: Transport, logger: Logger): ObservedLoop {
  const { group, topics } = processor;
  const jobs = processor.jobs === undefined ? {} : { jobs: () => processor.jobs?.() ?? {} };
  return {
    group,
    topics,
    ledger: loop.ledger,
    transport,
    logger,
    get consumer() {
      return loop.consumer;
    },
    readiness: () => loop.readiness(),
    ...jobs,
  };
}
