import { createHash, randomUUID } from 'node:crypto';
import { existsSync, linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TransportError } from '../../core/mod.ts';
import { flushFile, flushFiles } from './flush-disk.ts';
import { concurrently } from './host/concurrently.ts';
import { inTurns } from './host/in-turns.ts';

/** What became of a document's file. `conflict`: a file with other bytes was there; it stays as it is. */
export type Written = 'written' | 'unchanged' | 'conflict';

/** A document's id and its bytes, as UTF-8. */
export interface DocumentText {
  readonly id: string;
  readonly text: string;
}

/** So many files are read at once, to compare them. */
const READS_AT_ONCE = 16;
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
export function documentFileName(id: string, extension: string): string {
  const safe = /^[A-Za-z0-9_-]{1,128}$/.test(id) && !/^[0-9a-f]{64}$/i.test(id);
  return `${safe ? id : createHash('sha256').update(id).digest('hex')}.${extension}`;
}

/**
 * A directory of documents. A file appears whole or not at all: a temporary file is written, flushed to the disk
 * and given its name, so a crash or power cut leaves at most a temporary file, which is removed after an hour.
 * `write` leaves the name itself to `flush`, once a batch, before the batch's offset is committed; `writeAll` does it all.
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

  /**
   * Writes documents as `write` does, and makes them durable with their names, many by one flush of the disk. Gives what
   * became of each, in order. Throws as `write` does; then some may be there, whole.
   */
  async writeAll(documents: readonly DocumentText[]): Promise<readonly Written[]> {
    const written = await this.attempt(() => this.writeMany(documents));
    // one that was there may have been named just before a crash
    if (written.some((each) => each !== 'conflict')) await this.flush();
    return written;
  }

  /** The calls that make and name a file are short and don't wait for the disk: done at once, they cost a third. */
  private async writeMany(documents: readonly DocumentText[]): Promise<Written[]> {
    const temporaries: (string | null)[] = [];
    try {
      await inTurns(documents, ({ id, text }) => {
        const temporary = existsSync(this.pathOf(id)) ? null : this.temporaryPath();
        temporaries.push(temporary);
        if (temporary !== null) writeFileSync(temporary, text, { encoding: 'utf8', flag: 'wx' });
      });
      const made = temporaries.filter((path) => path !== null);
      if (made.length > 0) await flushFiles(this.directory, made);
      const named: boolean[] = [];
      await inTurns(documents, ({ id }, at) => {
        const temporary = temporaries[at] ?? null;
        named.push(temporary !== null && give(temporary, this.pathOf(id)));
      });
      return await concurrently(documents, READS_AT_ONCE, async ({ id, text }, at) =>
        named[at] === true ? 'written' : await this.compare(this.pathOf(id), text),
      );
    } finally {
      await inTurns(temporaries, (path) => {
        if (path !== null) rmSync(path, { force: true });
      });
    }
  }

  private pathOf(id: string): string {
    return join(this.directory, documentFileName(id, this.extension));
  }

  private temporaryPath(): string {
    return join(this.directory, `.requite-${randomUUID()}.tmp`);
  }

  private async writeWhole(id: string, text: string): Promise<Written> {
    const path = this.pathOf(id);
    const known = await this.read(path);
    if (known !== null) return known === text ? 'unchanged' : 'conflict';
    const temporary = this.temporaryPath();
    try {
      await writeFlushed(temporary, text);
      return give(temporary, path) ? 'written' : await this.compare(path, text);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  private async compare(path: string, text: string): Promise<Written> {
    return (await this.read(path)) === text ? 'unchanged' : 'conflict';
  }

  /** Makes the names of the files written so far durable. Throws as `write` does. */
  async flush(): Promise<void> {
    await this.attempt(() => flushFile(this.directory));
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

/** Gives the file its name, unless there is one of that name: a link never replaces, as a rename would. */
function give(temporary: string, path: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (code === 'EEXIST') return false;
    if (!NO_LINKS.includes(code)) throw error;
    // a file system without links: no other way than to rename
    renameSync(temporary, path);
    return true;
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
