// The billing demo: bills the sample customers, and shows one bill.
import { json, onStage, post } from './demo-stage.ts';
import type { Settings } from './platform/config.ts';

const BAR_WIDTH = 40;

interface Progress {
  readonly count: number;
  readonly completed: number;
  readonly failed: number;
  readonly ended: boolean;
}

interface Run {
  readonly runId: string;
  readonly workflows: readonly { readonly workflowId: string }[];
}

/** Runs the billing lab once, and ends. */
export async function demoBilling(settings: Settings): Promise<void> {
  await onStage(settings, ['coordinator', 'engine', 'crm'], async ({ urls }) => {
    process.stdout.write('Billing the sample customers: coordinator, engine and CRM on an embedded log.\n');
    await billAll(urls('coordinator')[0] ?? '', urls('crm')[0] ?? '');
  });
  process.stdout.write(`\nThe bills are in ${settings.billsDir}\n`);
}

async function billAll(coordinator: string, crm: string): Promise<void> {
  const { customers } = await json<{ customers: { customerIdentifier: string }[] }>(
    `${crm}/customers?limit=1000`,
  );
  const customerIdentifiers = customers.map(({ customerIdentifier }) => customerIdentifier);
  const started = performance.now();
  const run = await post<Run>(coordinator, { customerIdentifiers });
  const progress = await follow(coordinator, run.runId);
  const ms = Math.round(performance.now() - started);
  process.stdout.write(
    `\n  run ${run.runId}: ${progress.completed} bills, ${progress.failed} failed, ${ms} ms from POST to the last bill\n\n`,
  );
  const first = run.workflows[0];
  if (first !== undefined) process.stdout.write(await billText(coordinator, first.workflowId));
}

async function follow(coordinator: string, runId: string): Promise<Progress> {
  for (;;) {
    const progress = await json<Progress>(`${coordinator}/runs/${runId}?wait=100ms&limit=1`);
    draw(progress);
    if (progress.ended) return progress;
  }
}

/** The bill of a workflow that has ended. */
export async function billText(coordinator: string, workflowId: string): Promise<string> {
  return await (await fetch(`${coordinator}/bills/${encodeURIComponent(workflowId)}`)).text();
}

function draw({ count, completed, failed }: Progress): void {
  const done = completed + failed;
  const filled = Math.round((done / count) * BAR_WIDTH);
  const line = `  [${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}] ${done}/${count} bills`;
  process.stdout.write(process.stdout.isTTY === true ? `\r${line}` : `${line}\n`);
}
