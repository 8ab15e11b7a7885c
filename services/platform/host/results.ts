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

/** How a workflow ended; `parked` where it has not, and can't go on until somebody mends the reason and retries it. */
export type Ending =
  | { readonly status: 'completed'; readonly result: Json }
  | { readonly status: 'failed'; readonly error: Problem }
  | { readonly status: 'cancelled' }
  | { readonly status: 'parked'; readonly error: Problem };

/**
 * Waits for a workflow's end, as `workflow-events` tells it. When the time is over: its parking, or null while it
 * still waits. It reads the topic
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
    let standing: Ending | null = null;
    for (const deadline = Date.now() + durationMs(timeout); ; ) {
      const waitMs = deadline - Date.now();
      if (waitMs <= 0) return standing;
      for (const record of await reader.poll({ maxRecords: 1000, waitMs })) {
        if (record.key !== workflowId) continue;
        const told = standingIn(record);
        if (told !== null && told.status !== 'parked') return told;
        standing = told;
      }
    }
  } finally {
    await reader.close();
    await host.close();
  }
}

/** How the workflow stands after this report: ended, parked, or null while it goes on. */
function standingIn(record: IncomingRecord): Ending | null {
  const report = decode<JobReport>(record.value, JobReport);
  if (!report.ok) return null;
  for (const event of report.value.events) {
    if (event.event === 'completed') return { status: 'completed', result: event.result as Json };
    if (event.event === 'failed') return { status: 'failed', error: event.error };
    if (event.event === 'cancelled') return { status: 'cancelled' };
    if (event.event === 'parked') return { status: 'parked', error: event.error };
  }
  return null;
}
