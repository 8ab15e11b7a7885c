import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What became of a bill's file. `conflict`: a file with other bytes was there; it stays as it is. */
export type Written = 'written' | 'unchanged' | 'conflict';

const TEMPORARY = /^\.requite-.*\.tmp$/;
const STALE_MS = 3_600_000;

/** The file name of a workflow's bill: the id itself where it is safe as a name, else the id's SHA-256. */
export function billFileName(workflowId: string): string {
  const safe = /^[A-Za-z0-9_-]{1,128}$/.test(workflowId);
  return `${safe ? workflowId : createHash('sha256').update(workflowId).digest('hex')}.txt`;
}

/**
 * A directory of bills. A file appears whole or not at all: a temporary file is written, flushed to the disk
 * (fsync) and renamed, so a crash or power cut leaves at most a temporary file, which is removed after an hour.
 * The rename itself is flushed by `flush`, once a batch, before the batch's offset is committed.
 */
export class BillFiles {
  private counter = 0;
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async open(directory: string): Promise<BillFiles> {
    await mkdir(directory, { recursive: true });
    const files = new BillFiles(directory);
    await files.removeStale();
    return files;
  }

  /** Writes one bill, unless its file is there already. Bytes that differ are never overwritten. */
  async write(workflowId: string, text: string): Promise<Written> {
    const path = join(this.directory, billFileName(workflowId));
    const known = await this.read(path);
    if (known !== null) return known === text ? 'unchanged' : 'conflict';
    const temporary = join(this.directory, `.requite-${process.pid}-${this.counter++}.tmp`);
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(text, 'utf8');
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    return 'written';
  }

  /** Makes the names of the files written so far durable. */
  async flush(): Promise<void> {
    const directory = await open(this.directory, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  private async read(path: string): Promise<string | null> {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      // a bill that is not there yet is the ordinary case
      if ((error as { code?: string }).code === 'ENOENT') return null;
      throw error;
    }
  }

  private async removeStale(): Promise<void> {
    for (const name of await readdir(this.directory)) {
      if (!TEMPORARY.test(name)) continue;
      const path = join(this.directory, name);
      const found = await stat(path).catch(() => null); // another engine may have renamed it meanwhile
      if (found !== null && Date.now() - found.mtimeMs > STALE_MS) await rm(path, { force: true });
    }
  }
}
