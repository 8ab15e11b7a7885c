const TIMEOUT_MS = 5_000;
/** What an issuer says in one answer: its metadata, its keys, a token. */
const ANSWER_MAX_BYTES = 1024 * 1024;

/** The issuer could not be asked, or what it said is of no use. The message says what and where. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError';
  /** HTTP status of its answer; null where there was none. */
  readonly status: number | null;
  /** OAuth's `error` and `error_description` in its answer, where there are any. */
  readonly reason: string | null;

  constructor(
    message: string,
    options: { readonly status?: number; readonly reason?: string | null; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status ?? null;
    this.reason = options.reason ?? null;
  }
}

/** Asks the issuer for a JSON object, within 5 s and 1 MiB, without following it elsewhere. Throws `IssuerError`. */
export async function issuerJson(
  url: URL,
  init: RequestInit = {},
): Promise<Readonly<Record<string, unknown>>> {
  let response: Response;
  let text: string;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(url, {
      ...init,
      signal,
      redirect: 'error',
      headers: { accept: 'application/json', ...init.headers },
    });
    text = await limitedText(response);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new IssuerError(`${url.origin} does not answer: ${why}`, { cause });
  }
  const value = objectOf(text);
  const { status } = response;
  if (status !== 200) {
    const reason = [value?.error, value?.error_description]
      .filter((each) => typeof each === 'string')
      .join(': ');
    const said = reason === '' ? '' : ` (${reason})`;
    throw new IssuerError(`${url.href} answered ${status}${said}`, { status, reason: reason || null });
  }
  if (value === null)
    throw new IssuerError(`${url.href} answered with something else than a JSON object`, { status });
  return value;
}

async function limitedText(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > ANSWER_MAX_BYTES) throw new Error(`its answer has over ${ANSWER_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}

function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    // an error page, perhaps: the caller says what was expected
    return null;
  }
}
