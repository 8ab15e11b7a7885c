// bun run audit: where every workflow, question and record of a log ended.
import { BILLING_WORKFLOWS } from './engine/billing-workflows.ts';
import { auditUsage, readAuditArguments, runAudit } from './platform/audit/command.ts';
import { commandFailure } from './platform/command-failure.ts';
import { logSettingsHelp, readSettings } from './platform/config.ts';
import { err, out } from './platform/terminal.ts';

async function main(words: readonly string[]): Promise<number> {
  const command = readAuditArguments(words);
  if (command.help) {
    out(`${auditUsage}\n${logSettingsHelp('BILLS_DIR')}\n`);
    return 0;
  }
  const settings = readSettings(process.env, process.stdout.isTTY === true);
  const groups = Object.fromEntries(BILLING_WORKFLOWS.map(({ type }) => [type, 'engine']));
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      stopping.abort();
      process.exit(130);
    });
  return runAudit(command, settings, { out, err, groups, stopped: stopping.signal });
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) =>
  commandFailure('audit', error),
);
