import { ENGINE_TYPES } from '../engine/billing-workflows.ts';
import { auditUsage, readAuditArguments, runAudit } from '../platform/audit/command.ts';
import { logSettingsHelp, readSettings } from '../platform/config.ts';
import { asCalled, EXIT, type Surroundings } from './command.ts';

/** Carries out `audit`. */
export async function audit(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, called, out, err, onTerminal } = surroundings;
  const command = readAuditArguments(words);
  if (command.help) {
    out(asCalled(`${auditUsage}\n${logSettingsHelp('BILLS_DIR')}\n`, called));
    return 0;
  }
  const settings = readSettings(environment, onTerminal.out);
  const groups = Object.fromEntries(ENGINE_TYPES.map((type) => [type, 'engine']));
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      stopping.abort();
      process.exit(EXIT.interrupted);
    });
  return runAudit(command, settings, { out, err, groups, stopped: stopping.signal });
}
