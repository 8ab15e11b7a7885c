// bun run chaos: real processes on a real Kafka, killed, frozen and starved, and a checker that says what came of it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { OptionsError } from '../support/flags.ts';
import { type ChaosOptions, readOptions, usage } from './options.ts';
import { type ChaosReport, printed } from './report.ts';
import { runChaos } from './run.ts';
import type { Subject } from './subject.ts';

const EXIT: Readonly<Record<ChaosReport['verdict'], number>> = { pass: 0, fail: 1, invalid: 2 };

async function chaos(options: ChaosOptions): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'requite-chaos-'));
  let subject: Subject | null = null;
  if (options.keep) process.env.STORY_KEEP = '1'; // what the labs of the stories make is kept too
  const tidy = (): void => {
    if (options.keep) process.stderr.write(`kept: ${directory}\n`);
    else rmSync(directory, { recursive: true, force: true });
  };
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => {
      void (subject?.close() ?? Promise.resolve()).finally(() => {
        tidy();
        process.exit(code);
      });
    });
  try {
    const tell = (line: string): void => void process.stderr.write(`${line}\n`);
    subject = await subjectOf(options, directory);
    const report = await runChaos(options, subject, tell);
    if (options.json !== null) {
      mkdirSync(dirname(resolve(options.json)), { recursive: true });
      writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
    }
    process.stdout.write(printed(report));
    return EXIT[report.verdict];
  } finally {
    await subject?.close();
    tidy();
  }
}

/** Loaded when asked for: neither needs the other. */
async function subjectOf(options: ChaosOptions, directory: string): Promise<Subject> {
  if (options.system === 'orders') {
    const { OrdersSubject } = await import('./orders.ts');
    return await OrdersSubject.open(options, directory);
  }
  const { BillingSubject } = await import('./billing.ts');
  return await BillingSubject.open(options, directory);
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options !== null) return await chaos(options);
    process.stdout.write(usage);
    return 0;
  } catch (error) {
    // a wrong option is the user's to mend: the message alone, no stack
    if (!(error instanceof OptionsError)) throw error;
    process.stderr.write(`${error.message}\nSee bun run chaos --help.\n`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  // nothing could be run: say why, with what to do where the error knows it
  process.stderr.write(`Chaos could not go on: ${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
});
