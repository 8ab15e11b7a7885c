import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoBilling } from '../demo-billing.ts';
import { demoOrders } from '../demo-orders.ts';
import { readSettings, type Settings } from '../platform/config.ts';
import { asCalled, EXIT, type Surroundings } from './command.ts';

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

/** Carries out `demo`. */
export async function demo(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, called, onTerminal, out, err } = surroundings;
  const asked = understood(args);
  if (asked === null) {
    const wantsHelp = args.some((each) => each === '--help' || each === '-h');
    (wantsHelp ? out : err)(asCalled(usage, called));
    return wantsHelp ? EXIT.done : EXIT.usage;
  }
  // whatever else is set is meant for services that stay: a demo on their cluster would take their work
  const { DATA_DIR, BILLS_DIR, OUTBOX_DIR, LOG_LEVEL = 'warn', LOG_FORMAT } = environment;
  const dataDir = DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'requite-demo-')));
  const free = {
    COORDINATOR_PORT: '0',
    CRM_PORT: '0',
    ORDERS_PORT: '0',
    INVENTORY_PORT: '0',
    PRODUCTS_PORT: '0',
  };
  const kept = { DATA_DIR: dataDir, BILLS_DIR, OUTBOX_DIR, LOG_LEVEL, LOG_FORMAT, BROKERS: asked.brokers };
  try {
    await demos[asked.name]?.(readSettings({ ...kept, ...free }, onTerminal.out));
    return EXIT.done;
  } catch (error) {
    // nothing to go on with: say what went wrong
    err(`The demo could not go on: ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.failed;
  }
}
