import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What became of a document's file. `conflict`: a file with other bytes was there; it stays as it is. */
export type Written = 'written' | 'unchanged' | 'conflict';

const TEMPORARY = /^\.requite-.*\.tmp$/;
const STALE_MS = 3_600_000;

/** The file name of a document: its id where that is safe as a name, else the id's SHA-256. */
function documentFileName(id: string, extension: string): string {
  const safe = /^[A-Za-z0-9_-]{1,128}$/.test(id);
  return `${safe ? id : createHash('sha256').update(id).digest('hex')}.${extension}`;
}

/**
 * A directory of documents. A file appears whole or not at all: a temporary file is written, flushed to the disk
 * (fsync) and renamed, so a crash or power cut leaves at most a temporary file, which is removed after an hour.
 * The rename itself is flushed by `flush`, once a batch, before the batch's offset is committed.
 */
export class DocumentFiles {
  private counter = 0;
  readonly directory: string;
  private readonly extension: string;

  private constructor(directory: string, extension: string) {
    this.directory = directory;
    this.extension = extension;
  }

  /** Opens the directory, made where missing. `extension` without its dot. */
  static async open(directory: string, extension: string): Promise<DocumentFiles> {
    await mkdir(directory, { recursive: true });
    const files = new DocumentFiles(directory, extension);
    await files.removeStale();
    return files;
  }

  /** Writes one document, unless its file is there already. Bytes that differ are never overwritten. */
  async write(id: string, text: string): Promise<Written> {
    const path = join(this.directory, documentFileName(id, this.extension));
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
      // a document that is not there yet is the ordinary case
      if ((error as { code?: string }).code === 'ENOENT') return null;
      throw error;
    }
  }

  private async removeStale(): Promise<void> {
    for (const name of await readdir(this.directory)) {
      if (!TEMPORARY.test(name)) continue;
      const path = join(this.directory, name);
      const found = await stat(path).catch(() => null); // another process may have renamed it meanwhile
      if (found !== null && Date.now() - found.mtimeMs > STALE_MS) await rm(path, { force: true });
    }
  }
}
