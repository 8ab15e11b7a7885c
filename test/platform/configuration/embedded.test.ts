import { afterAll, describe } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../../../services/platform/transport/embedded/open.ts';
import { configurationSuite } from './suite.ts';

describe('the central configuration on the embedded log', () => {
  const ends: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const end of ends) await end();
  });

  configurationSuite(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'requite-configuration-'));
    const { transport, close } = openEmbedded(directory);
    ends.push(async () => {
      await close();
      rmSync(directory, { recursive: true, force: true });
    });
    return transport;
  });
});
