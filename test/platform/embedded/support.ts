import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IncomingRecord, Transport } from '../../../core/mod.ts';
import {
  type Embedded,
  type EmbeddedOptions,
  openEmbedded,
} from '../../../services/platform/transport/embedded/open.ts';
import { take } from '../../contracts/support.ts';

/** A process of a fixture, with what it has said so far. */
export interface Fixture {
  readonly said: string[];
  readonly exited: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

/** A data directory for one test, the processes on it, and what this process has open of it. */
export class Stage {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'requite-'));
  readonly #opened: Embedded[] = [];
  readonly #processes: Fixture[] = [];

  open(options: EmbeddedOptions = {}): Embedded {
    const embedded = openEmbedded(this.directory, options);
    this.#opened.push(embedded);
    return embedded;
  }

  start(fixture: string, ...words: readonly string[]): Fixture {
    const script = join(import.meta.dir, 'fixtures', fixture);
    const child = Bun.spawn([process.execPath, script, this.directory, ...words], {
      stdout: 'pipe',
      stderr: 'inherit',
    });
    const said: string[] = [];
    void collectLines(child.stdout, said);
    const started = { said, exited: child.exited, kill: (signal: NodeJS.Signals) => child.kill(signal) };
    this.#processes.push(started);
    return started;
  }

  async clear(): Promise<void> {
    for (const each of this.#processes) each.kill('SIGKILL');
    await Promise.all(this.#processes.map((each) => each.exited));
    await Promise.all(this.#opened.map((each) => each.close()));
    rmSync(this.directory, { recursive: true });
  }
}

async function collectLines(stream: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  }
}

/** Everything that lies in a topic now. */
export async function contents(transport: Transport, topic: string): Promise<IncomingRecord[]> {
  const reader = await transport.read({ topics: [topic], from: () => 0 });
  const count = (await transport.endOffsets(topic)).reduce((sum, end) => sum + end, 0);
  const records = await take(reader, count);
  await reader.close();
  return records;
}

export async function countOf(transport: Transport, topic: string): Promise<number> {
  return (await transport.endOffsets(topic)).reduce((sum, end) => sum + end, 0);
}
