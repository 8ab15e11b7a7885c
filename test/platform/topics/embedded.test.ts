import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogAdmin } from '../../../services/platform/topics/open.ts';
import { openEmbedded } from '../../../services/platform/transport/embedded/open.ts';
import { failure } from '../../contracts/support.ts';
import { logAdminContract } from './log-admin.ts';

logAdminContract('the embedded log', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'requite-admin-'));
  const { transport, close } = openEmbedded(dataDir);
  const admin = await openLogAdmin({ kafka: null, dataDir });
  return {
    transport,
    admin,
    name: (word) => word,
    close: async () => {
      await admin.close();
      await close();
      rmSync(dataDir, { recursive: true });
    },
  };
});

test('more records than fit one transaction are deleted all the same', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'requite-admin-'));
  const { transport, close } = openEmbedded(dataDir);
  const admin = await openLogAdmin({ kafka: null, dataDir });
  await transport.createTopics([{ name: 'many', partitions: 1 }]);
  const record = { topic: 'many', partition: 0, key: null, value: 'x' };
  await transport.publish(Array.from({ length: 25_000 }, () => record));
  await admin.trim([{ topic: 'many', partition: 0, offset: 24_999 }]);
  expect((await admin.topics())[0]?.partitions).toEqual([{ start: 24_999, end: 25_000 }]);
  await admin.close();
  expect(await failure(admin.groups())).toBe('closed');
  await close();
  rmSync(dataDir, { recursive: true });
});
