import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoBilling } from './demo-billing.ts';
import { demoOrders } from './demo-orders.ts';
import { readSettings, type Settings } from './platform/config.ts';

const usage = `Usage: bun run demo [billing | orders] [--brokers HOST:PORT,…]

  billing   (default) starts coordinator, engine and CRM, bills the sample customers, and prints one bill
  orders    starts two instances of the Orders service and one of each other, posts a stream of orders and
            payments, shows each move, and prints one mail and the bill of one customer

Both run on free ports and an embedded log of their own, and end by themselves. --brokers takes a cluster instead:
its topics are used then, so name one that nobody works with. Settings from the environment, and no others:

  DATA_DIR    keeps what it made; without it, a temporary directory does, and the last line names it
  BILLS_DIR   where bills are written; default $DATA_DIR/bills
  OUTBOX_DIR  where mails are written; default $DATA_DIR/outbox
  LOG_LEVEL, LOG_FORMAT   default warn, and pretty on a terminal
`;

const demos: Readonly<Record<string, (settings: Settings) => Promise<void>>> = {
  billing: demoBilling,
  orders: demoOrders,
};

/** The demo and the cluster that the arguments name; null where they can't be understood, or ask for help. */
function understood(args: readonly string[]): { name: string; brokers: string | undefined } | null {
  const rest = [...args];
  const at = rest.indexOf('--brokers');
  const [, brokers] = at < 0 ? [] : rest.splice(at, 2);
  const [name = 'billing', ...more] = rest;
  const isUnderstood = more.length === 0 && Object.hasOwn(demos, name) && (at < 0 || brokers !== undefined);
  return isUnderstood ? { name, brokers } : null;
}

async function main(args: readonly string[]): Promise<void> {
  const asked = understood(args);
  if (asked === null) {
    const wantsHelp = args.some((each) => each === '--help' || each === '-h');
    (wantsHelp ? process.stdout : process.stderr).write(usage);
    process.exitCode = wantsHelp ? 0 : 2;
    return;
  }
  // whatever else is set is meant for services that stay: a demo on their cluster would take their work
  const { DATA_DIR, BILLS_DIR, OUTBOX_DIR, LOG_LEVEL = 'warn', LOG_FORMAT } = process.env;
  const dataDir = DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'requite-demo-')));
  const free = {
    COORDINATOR_PORT: '0',
    CRM_PORT: '0',
    ORDERS_PORT: '0',
    INVENTORY_PORT: '0',
    PRODUCTS_PORT: '0',
  };
  const kept = { DATA_DIR: dataDir, BILLS_DIR, OUTBOX_DIR, LOG_LEVEL, LOG_FORMAT, BROKERS: asked.brokers };
  await demos[asked.name]?.(readSettings({ ...kept, ...free }, process.stdout.isTTY === true));
}

// whoever reads may have enough, as `head` has: that is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

await main(process.argv.slice(2)).catch((error: unknown) => {
  // nothing to go on with: say what went wrong and end with 1
  process.stderr.write(
    `The demo could not go on: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
