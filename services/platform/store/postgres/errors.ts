import postgres from 'postgres';
import { TransportError } from '../../../../core/mod.ts';

/** What came of a statement that failed. */
export interface Failure {
  /** For the caller, as the JobStore port promises it. */
  readonly error: Error;
  /** The database has undone the statement because of another: it can be sent again at once. */
  readonly again: boolean;
  /** Whether connections may be broken, or the table gone: begin anew with both. */
  readonly broken: boolean;
}

interface Advice {
  readonly codes: RegExp;
  readonly says: (message: string) => string;
}

const POOLER = 'Behind a pooler such as pgbouncer, add prepare=false to the URL.';

/** By SQLSTATE, or the code of the system or driver; the first that fits. */
const ADVICE: readonly Advice[] = [
  { codes: /^ECONNREFUSED$/, says: () => 'it refuses connections. Start it, or check host and port.' },
  {
    codes: /^(ENOTFOUND|EAI_AGAIN)$/,
    says: () => 'this host name is not known. Check it, or the name server.',
  },
  {
    codes: /^(CONNECT_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|NO_ANSWER)$/,
    says: (message) => `it does not answer (${message}). Check the network, and that it is not overloaded.`,
  },
  {
    codes: /^(NO_SESSION|CONNECTION_\w+|ECONNRESET|EPIPE|57P0[1245])$/,
    says: (message) => `the connection broke (${message}). It is made again.`,
  },
  {
    codes: /CERT|SELF_SIGNED|VERIFY/,
    says: (message) =>
      `its certificate is not trusted (${message}). Name its authority's in NODE_EXTRA_CA_CERTS, or encrypt ` +
      'without knowing to whom, with sslmode=require.',
  },
  { codes: /^57P03$/, says: (message) => `not ready yet (${message}).` },
  {
    codes: /^28/,
    says: (message) =>
      `${message}. Check user, password and sslmode in the URL, and the server's pg_hba.conf.`,
  },
  { codes: /^3D000$/, says: (message) => `${message}. Create it, or name another in the URL.` },
  {
    codes: /^42501$/,
    says: (message) =>
      `${message}. Grant the user CREATE on the schema, or make the table as its owner and grant ` +
      'SELECT, INSERT, UPDATE and DELETE on it.',
  },
  { codes: /^3F000$/, says: (message) => `${message}. Create the schema that search_path names.` },
  {
    codes: /^25006$/,
    says: () => 'this server is read-only, a replica perhaps. Name the primary in the URL.',
  },
  { codes: /^42P01$/, says: (message) => `${message}. It is made again at the next attempt.` },
  {
    codes: /^53300$/,
    says: (message) => `${message}. Raise max_connections, or run fewer services on it.`,
  },
  { codes: /^53100$/, says: (message) => `${message}. Make room on its disk.` },
  { codes: /^(26000|42P05)$/, says: (message) => `${message}. ${POOLER}` },
  { codes: /^08P01$/, says: (message) => `${message}. ${POOLER}` },
  {
    codes: /^(57014|55P03)$/,
    says: (message) => `${message}. Find out what holds it up (pg_stat_activity); it is tried again.`,
  },
];

/** The database is not one for our jobs. The message says what to change. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/** What to make of anything that the driver threw. `place` names the database, for people. */
export function failureOf(error: unknown, place: string): Failure {
  const { code, message } = codeAndMessage(error);
  const isAnswer = error instanceof postgres.PostgresError;
  if (isAnswer && code.startsWith('54')) {
    const tooLarge = new TransportError('record-too-large', `${place}: ${message}.`, { cause: error });
    return { error: tooLarge, again: false, broken: false };
  }
  // What it can't take is the record's fault, and no waiting would help.
  if (isAnswer && code.startsWith('22')) return { error, again: false, broken: false };
  if (error instanceof FormatError)
    return { error: unavailable(place, error.message, error), again: false, broken: true };
  const again = isAnswer && /^(40001|40P01)$/.test(code);
  const advice = ADVICE.find(({ codes }) => codes.test(code));
  const says = advice?.says(message) ?? `${message} (${code}).`;
  return { error: unavailable(place, says, error), again, broken: !again };
}

function unavailable(place: string, says: string, cause: unknown): TransportError {
  return new TransportError('unavailable', `${place}: ${says}`, { cause });
}

function codeAndMessage(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  const code = (error as { code?: unknown }).code;
  return { code: typeof code === 'string' ? code : error.name, message: error.message };
}
