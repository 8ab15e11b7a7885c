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
  if (!code.startsWith('SQLITE_')) return error;
  if (isCorrupt(code)) {
    return new TransportError('unavailable', corruptError(path).message, { canRetry: false, cause: error });
  }
  const hint = code.startsWith('SQLITE_FULL') ? 'the disk is full: make room' : 'see the cause; it may pass';
  return new TransportError('unavailable', `${path}: ${code}, ${hint}.`, { cause: error });
}
