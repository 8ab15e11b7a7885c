import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCoordinator } from './coordinator/index.ts';
import { startCrm } from './crm/index.ts';
import { startEngine } from './engine/index.ts';
import { openBacking } from './platform/backing.ts';
import { readSettings } from './platform/config.ts';
import { createLogger } from './platform/log.ts';
import type { Service } from './platform/service.ts';

const usage = `Usage: bun run demo

Starts coordinator, engine and CRM on free ports and an embedded log of their own, bills the sample
customers, prints one bill, and ends. It takes these settings from the environment and no others:

  DATA_DIR    keeps what it made; without it, a temporary directory does, and the last line names it
  BILLS_DIR   where bills are written; default $DATA_DIR/bills
  LOG_LEVEL, LOG_FORMAT   default warn, and pretty on a terminal
`;

const BAR_WIDTH = 40;

interface Progress {
  readonly count: number;
  readonly completed: number;
  readonly failed: number;
  readonly ended: boolean;
}

async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

function draw({ count, completed, failed }: Progress): void {
  const done = completed + failed;
  const filled = Math.round((done / count) * BAR_WIDTH);
  const line = `  [${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}] ${done}/${count} bills`;
  process.stdout.write(process.stdout.isTTY === true ? `\r${line}` : `${line}\n`);
}

async function bill(coordinator: string, crm: string): Promise<void> {
  const { customers } = await json<{ customers: { customerIdentifier: string }[] }>(
    `${crm}/customers?limit=1000`,
  );
  const customerIdentifiers = customers.map(({ customerIdentifier }) => customerIdentifier);
  const started = performance.now();
  const run = await json<{ runId: string; workflows: { workflowId: string }[] }>(coordinator, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ customerIdentifiers }),
  });
  let progress: Progress;
  do {
    progress = await json<Progress>(`${coordinator}/runs/${run.runId}?wait=100ms&limit=1`);
    draw(progress);
  } while (!progress.ended);
  const ms = Math.round(performance.now() - started);
  process.stdout.write(
    `\n  run ${run.runId}: ${progress.completed} bills, ${progress.failed} failed, ${ms} ms from POST to the last bill\n\n`,
  );
  const first = run.workflows[0];
  if (first !== undefined)
    process.stdout.write(
      await (await fetch(`${coordinator}/bills/${encodeURIComponent(first.workflowId)}`)).text(),
    );
}

async function main(args: readonly string[]): Promise<void> {
  if (args.length > 0) {
    process.stdout.write(usage);
    return;
  }
  // whatever else is set is meant for services that stay: a demo on their cluster would take their work
  const { DATA_DIR, BILLS_DIR, LOG_LEVEL = 'warn', LOG_FORMAT } = process.env;
  const dataDir = DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'requite-demo-')));
  const own = { DATA_DIR: dataDir, BILLS_DIR, LOG_LEVEL, LOG_FORMAT, COORDINATOR_PORT: '0', CRM_PORT: '0' };
  const settings = readSettings(own, process.stdout.isTTY === true);
  const backing = await openBacking(settings);
  const platform = { settings, backing, logger: createLogger(settings) };
  const running: Service[] = [];
  try {
    for (const start of [startCoordinator, startEngine, startCrm]) running.push(await start(platform));
    const [coordinator, , crm] = running;
    process.stdout.write(`Billing the sample customers: coordinator, engine and CRM on an embedded log.\n`);
    await bill(coordinator?.url ?? '', crm?.url ?? '');
  } finally {
    for (const service of running.reverse()) await service.stop();
    await backing.close();
  }
  process.stdout.write(`\nThe bills are in ${settings.billsDir}\n`);
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  // nothing to go on with: say what went wrong and end with 1
  process.stderr.write(
    `The demo could not go on: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
