import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryLog } from '../../core/messages/memory-log.ts';
import { openEmbedded } from '../../services/platform/transport/embedded/open.ts';
import type { EmbeddedTransport } from '../../services/platform/transport/embedded/transport.ts';
import { transportContract } from './transport.ts';

transportContract('MemoryLog', async () => {
  const transport = new MemoryLog({ sleep: (ms) => Bun.sleep(ms) });
  return {
    transport,
    atomic: true,
    connect: async () => transport.connect(),
    expire: (consumer) => transport.expire(consumer),
    close: () => transport.close(),
  };
});

transportContract('the embedded log', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'requite-'));
  const opened = [openEmbedded(directory)];
  const transport = opened[0]?.transport as EmbeddedTransport;
  return {
    transport,
    atomic: true,
    connect: async () => {
      const another = openEmbedded(directory);
      opened.push(another);
      return another.transport;
    },
    expire: (consumer) => transport.expire(consumer),
    close: async () => {
      await Promise.all(opened.map((each) => each.close()));
      rmSync(directory, { recursive: true });
    },
  };
});
