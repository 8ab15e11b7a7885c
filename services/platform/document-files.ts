import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TransportError } from '../../core/mod.ts';

/** What became of a document's file. `conflict`: a file with other bytes was there; it stays as it is. */
export type Written = 'written' | 'unchanged' | 'conflict';

const TEMPORARY = /^\.requite-.*\.tmp$/;
const STALE_MS = 3_600_000;
/** What file systems answer that have no links. */
const NO_LINKS: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** By the system's code, said of the directory; the first that fits. */
const ADVICE: readonly { readonly codes: RegExp; readonly says: string }[] = [
  { codes: /^(ENOSPC|EDQUOT)$/, says: 'takes no file, as its disk (or the quota) is full: make room.' },
  { codes: /^EFBIG$/, says: 'takes no file of that size: raise the limit (ulimit -f).' },
  { codes: /^(EACCES|EPERM|EROFS)$/, says: "can't be written: give this user the right to." },
  { codes: /^ENOENT$/, says: 'is gone: make it again.' },
  { codes: /^EIO$/, says: "can't be written, as its disk fails: check it." },
  { codes: /^(EMFILE|ENFILE)$/, says: 'gets no more open files: raise the limit (ulimit -n).' },
];

/**
 * The file name of a document: its id where that is safe as a name, else the id's SHA-256. An id that looks like a hash
 * is not: it could take the name of another.
 */
function documentFileName(id: string, extension: string): string {
  const safe = /^[A-Za-z0-9_-]{1,128}$/.test(id) && !/^[0-9a-f]{64}$/i.test(id);
  return `${safe ? id : createHash('sha256').update(id).digest('hex')}.${extension}`;
}

/**
 * A directory of documents. A file appears whole or not at all: a temporary file is written, flushed to the disk
 * (fsync) and given its name, so a crash or power cut leaves at most a temporary file, which is removed after an hour.
 * The name itself is flushed by `flush`, once a batch, before the batch's offset is committed.
 */
export class DocumentFiles {
  readonly directory: string;
  private readonly extension: string;

  private constructor(directory: string, extension: string) {
    this.directory = directory;
    this.extension = extension;
  }

  /** Opens the directory, made where missing. `extension` without its dot. */
  static async open(directory: string, extension: string): Promise<DocumentFiles> {
    const files = new DocumentFiles(directory, extension);
    await files.attempt(async () => {
      await mkdir(directory, { recursive: true });
      await files.removeStale();
    });
    return files;
  }

  /**
   * Writes one document, unless its file is there already. Bytes that differ are never overwritten. Throws
   * `TransportError` ('unavailable') where the directory can't be written now, as on a full disk: nothing of the document
   * is there then.
   */
  async write(id: string, text: string): Promise<Written> {
    return this.attempt(() => this.writeWhole(id, text));
  }

  private async writeWhole(id: string, text: string): Promise<Written> {
    const path = join(this.directory, documentFileName(id, this.extension));
    const known = await this.read(path);
    if (known !== null) return known === text ? 'unchanged' : 'conflict';
    const temporary = join(this.directory, `.requite-${randomUUID()}.tmp`);
    try {
      await writeFlushed(temporary, text);
      return (await this.give(temporary, path)) ? 'written' : await this.compare(path, text);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Gives the file its name, unless there is one of that name: a link never replaces, as a rename would. */
  private async give(temporary: string, path: string): Promise<boolean> {
    try {
      await link(temporary, path);
      return true;
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (code === 'EEXIST') return false;
      if (!NO_LINKS.includes(code)) throw error;
      // a file system without links: no other way than to rename
      await rename(temporary, path);
      return true;
    }
  }

  private async compare(path: string, text: string): Promise<Written> {
    return (await this.read(path)) === text ? 'unchanged' : 'conflict';
  }

  /** Makes the names of the files written so far durable. Throws as `write` does. */
  async flush(): Promise<void> {
    await this.attempt(async () => {
      const directory = await open(this.directory, 'r');
      try {
        await directory.sync();
      } finally {
        await directory.close();
      }
    });
  }

  /** Says in words what keeps the directory from being written. */
  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw inWords(this.directory, error); // the system's codes say neither where nor what to do
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

/** What the system refused, as an error that says where and what to do; anything else as it is. */
function inWords(directory: string, error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') return error;
  const says = ADVICE.find(({ codes }) => codes.test(code))?.says ?? 'does not work now; see the cause.';
  const message = `${directory} ${says} It goes on by itself. (${code})`;
  return new TransportError('unavailable', message, { cause: error });
}

async function writeFlushed(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text, 'utf8');
    await file.sync();
  } finally {
    await file.close();
  }
}
