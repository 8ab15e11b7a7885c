// The services that run on this log, as the registry knows them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openBacking } from '../../platform/backing.ts';
import type { Settings } from '../../platform/config.ts';
import { type Instance, openDiscovery } from '../../platform/discovery/index.ts';
import { createLogger } from '../../platform/log.ts';
import { type Check, failure, ok, reasonOf, warning } from './check.ts';

const SETTLE_MS = 10_000;
const NONE = warning('services', 'none runs on this log', 'bun run services starts the billing lab.');

export async function checkRunning(settings: Settings): Promise<readonly Check[]> {
  if (settings.kafka === null && !existsSync(join(settings.dataDir, 'requite.db'))) return [NONE];
  const logger = createLogger({ logLevel: 'silent', logFormat: 'json' });
  try {
    const backing = await openBacking({ ...settings, jobStore: 'memory' }, logger);
    const discovery = openDiscovery({ transport: backing.transport, logger });
    try {
      if (!(await discovery.settled(SETTLE_MS)))
        return [
          warning('services', `it is not known who runs: ${discovery.readiness()}`, 'Mend the log first.'),
        ];
      const found = discovery.all().filter(({ service }) => !service.startsWith('view:'));
      return found.length === 0 ? [NONE] : found.map(checkInstance);
    } finally {
      await discovery.close();
      await backing.close();
    }
  } catch (error) {
    return [warning('services', `it is not known who runs: ${reasonOf(error)}`, 'Mend the log first.')];
  }
}

function checkInstance({ service, url, health, version, pid }: Instance): Check {
  const where = `${service}${url === null ? '' : ` at ${url}`}`;
  if (health === 'ready') return ok(where, `ready, version ${version}${pid === null ? '' : `, pid ${pid}`}`);
  return failure(
    where,
    health,
    'It goes on by itself once it has what it waits for; bun run logs says more.',
  );
}
