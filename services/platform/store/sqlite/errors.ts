import { TransportError } from '../../../../core/mod.ts';

export type DataFileErrorCode =
  | 'not-a-directory'
  | 'not-writable'
  | 'not-ours'
  | 'newer-version'
  | 'corrupt'
  | 'busy'
  | 'cannot-open';

/** A data directory or file that can't be used as it is. The message says what to do about it. */
export class DataFileError extends Error {
  readonly code: DataFileErrorCode;
  readonly path: string;
  constructor(code: DataFileErrorCode, path: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'DataFileError';
    this.code = code;
    this.path = path;
  }
}

/** The symbolic code of a system or SQLite error ('EACCES', 'SQLITE_BUSY_RECOVERY'), or ''. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

export function isBusy(error: unknown): boolean {
  const code = errorCode(error);
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

function isCorrupt(code: string): boolean {
  return code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB');
}

/** What went wrong when `path` was opened or made, as an error that says what to do. */
export function openingError(path: string, error: unknown): DataFileError {
  if (error instanceof DataFileError) return error;
  const code = errorCode(error);
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    const message = `${path} is not a directory. Name another data directory, or move the file away.`;
    return new DataFileError('not-a-directory', path, message, error);
  }
  if (/^(EACCES|EPERM|EROFS|SQLITE_READONLY|SQLITE_PERM)/.test(code)) {
    const message = `${path} can't be written. Give this user the right to write there, or name another place.`;
    return new DataFileError('not-writable', path, message, error);
  }
  if (isCorrupt(code)) return corruptError(path, error);
  if (isBusy(error)) {
    const message = `${path} stays locked by another process. End whatever holds it, then start again.`;
    return new DataFileError('busy', path, message, error);
  }
  const message = `${path} can't be opened (${code || String(error)}). Check that its disk is there and not full.`;
  return new DataFileError('cannot-open', path, message, error);
}

function corruptError(path: string, cause?: unknown): DataFileError {
  const message =
    `${path} is damaged, or not a database. Stop every service, keep a copy of the directory, and restore ` +
    'the file from a backup; or move it away to begin with an empty one.';
  return new DataFileError('corrupt', path, message, cause);
}

/** What a read or transaction on an open file threw, as the ports promise it. */
export function runtimeError(path: string, error: unknown): unknown {
  const code = errorCode(error);
  // what does not fit its column, or is too large for SQLite, no waiting would help: it is the record's fault
  if (!code.startsWith('SQLITE_') || /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(code)) return error;
  if (isCorrupt(code)) {
    return new TransportError('unavailable', corruptError(path).message, { canRetry: false, cause: error });
  }
  const says = ADVICE.find(({ codes }) => codes.test(code))?.says ?? 'does not work now; see the cause.';
  return new TransportError('unavailable', `${path} ${says} It goes on by itself. (${code})`, {
    cause: error,
  });
}

/** By SQLite's code, said of the file; the first that fits. */
const ADVICE: readonly { readonly codes: RegExp; readonly says: string }[] = [
  { codes: /^SQLITE_FULL/, says: "can't grow, as its disk (or the quota) is full: make room." },
  {
    codes: /^SQLITE_IOERR_SHM/,
    says: "can't be used, as its disk is full or fails: make room, or check it.",
  },
  { codes: /^SQLITE_IOERR/, says: "can't be read or written, as its disk fails: check it, and its mount." },
  { codes: /^SQLITE_(BUSY|LOCKED)/, says: 'stays locked by another process: end whatever holds it.' },
  {
    codes: /^SQLITE_(READONLY|PERM|AUTH)/,
    says: "can't be written: give this user the right to, and see that its disk is mounted for writing.",
  },
  { codes: /^SQLITE_CANTOPEN/, says: "can't be opened any more: see that its directory is still there." },
  { codes: /^SQLITE_NOMEM/, says: 'got no memory: give the process more.' },
];
