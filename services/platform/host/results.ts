import {
  type Duration,
  decode,
  durationMs,
  type IncomingRecord,
  JobReport,
  type Json,
  type Problem,
  topics,
} from '../../../core/mod.ts';
import { type HostSettings, openHost } from './settings.ts';

/** How a workflow ended. */
export type Ending =
  | { readonly status: 'completed'; readonly result: Json }
  | { readonly status: 'failed'; readonly error: Problem }
  | { readonly status: 'cancelled' };

/**
 * Waits for a workflow's end, as `workflow-events` tells it; null when the time is over. It reads the topic
 * from the start: for programs that wait for a few workflows, not for a dashboard (fold a view for that).
 */
export async function awaitWorkflow(
  workflowId: string,
  timeout: Duration,
  settings: HostSettings = {},
): Promise<Ending | null> {
  const host = await openHost(settings);
  const reader = await host.backing.transport.read({ topics: [topics.workflowEvents], from: () => 0 });
  try {
    for (const deadline = Date.now() + durationMs(timeout); ; ) {
      const waitMs = deadline - Date.now();
      if (waitMs <= 0) return null;
      for (const record of await reader.poll({ maxRecords: 1000, waitMs })) {
        const ending = record.key === workflowId ? endingIn(record) : null;
        if (ending !== null) return ending;
      }
    }
  } finally {
    await reader.close();
    await host.close();
  }
}

function endingIn(record: IncomingRecord): Ending | null {
  const report = decode<JobReport>(record.value, JobReport);
  if (!report.ok) return null;
  for (const event of report.value.events) {
    if (event.event === 'completed') return { status: 'completed', result: event.result as Json };
    if (event.event === 'failed') return { status: 'failed', error: event.error };
    if (event.event === 'cancelled') return { status: 'cancelled' };
  }
  return null;
}
