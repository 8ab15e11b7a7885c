import { type Transport, TransportError } from '../../../core/mod.ts';
import { openBacking } from '../backing.ts';
import type { Settings } from '../config.ts';
import { createLogger } from '../log.ts';
import { logTrouble, openLogAdmin, troubleCode } from './open.ts';

/** Where a command writes. */
export interface CommandOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * Carries out a command on the log that services with these settings use, and returns its exit code; 1 where the log says
 * no, with the reason on `err`. Makes nothing: where there is no log, that is said. No jobs are touched.
 */
export async function onLog(
  settings: Settings,
  { err }: CommandOutput,
  carry: (transport: Transport) => Promise<number>,
): Promise<number> {
  try {
    await (await openLogAdmin(settings)).close();
    const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
    const backing = await openBacking({ ...settings, jobStore: 'memory' }, logger);
    try {
      return await carry(backing.transport);
    } finally {
      await backing.close();
    }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    err(`${logTrouble(settings, error)}\n`);
    return troubleCode(error);
  }
}
