import { Counter, Gauge, type Registry } from 'prom-client';

/** What the coordinator counts besides its requests. */
export class CoordinatorMetrics {
  readonly runs: Counter<'outcome'>;
  readonly published: Counter;
  readonly cutStreams: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.runs = new Counter({
      name: 'coordinator_runs_total',
      help: 'Requests for a bill run that were accepted: new runs, and repeats of runs that were there.',
      labelNames: ['outcome'],
      registers,
    });
    this.published = new Counter({
      name: 'coordinator_workflows_published_total',
      help: 'Workflows put on workflow-queue, repeats after a failure included.',
      registers,
    });
    this.cutStreams = new Counter({
      name: 'coordinator_event_streams_cut_total',
      help: 'Streams of events that were cut off because their reader did not keep up.',
      registers,
    });
  }

  /** Measures what is kept elsewhere whenever the metrics are read. */
  observe(
    registry: Registry,
    waiting: () => number,
    skipped: () => readonly SkippedCount[],
    streams: () => number,
  ): void {
    const registers = [registry];
    const waits: Gauge = new Gauge({
      name: 'coordinator_waiting_requests',
      help: 'Requests that wait for the end of a run.',
      registers,
      collect: () => waits.set(waiting()),
    });
    const open: Gauge = new Gauge({
      name: 'coordinator_event_streams',
      help: 'Streams of events that are open.',
      registers,
      collect: () => open.set(streams()),
    });
    const skips: Gauge<'topic' | 'reason'> = new Gauge({
      name: 'coordinator_view_skipped_records',
      help: 'Records that the view could not take, since the log began.',
      labelNames: ['topic', 'reason'],
      registers,
      collect: () => {
        for (const { topic, reason, count } of skipped()) skips.set({ topic, reason }, count);
      },
    });
  }
}

interface SkippedCount {
  readonly topic: string;
  readonly reason: string;
  readonly count: number;
}
