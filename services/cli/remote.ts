// A service's REST interface by plain requests: the CRM's, and what the coordinator's client has no method for.
import { pause } from '../platform/pause.ts';
import { NotReached, Refused } from './errors.ts';

export interface Asking {
  readonly method?: 'GET' | 'POST';
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; made anew for each attempt. */
  readonly body?: () => Blob | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** It does no harm twice: it is sent again where its fate is not known. Default: a GET is. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

interface Service {
  /** What it is called where it does not answer. */
  readonly name: string;
  readonly url: string;
  readonly headers: () => Promise<Record<string, string>>;
  /** How to say where it is. */
  readonly told: string;
}

const PAUSES_MS: readonly number[] = [100, 300, 900];

export class Remote {
  readonly #service: Service;

  constructor(service: Service) {
    this.#service = service;
  }

  /** Its answer as JSON. Throws `NotReached` and `Refused`. */
  async json<T>(path: string, asking: Asking = {}): Promise<T> {
    const response = await this.ask(path, asking);
    try {
      return (await response.json()) as T;
    } catch (error) {
      throw new NotReached(`The answer of ${this.#service.url}${path} broke off, or is no JSON.`, {
        cause: error,
      });
    }
  }

  /** Its answer, which says that it is done. Throws `NotReached` and `Refused`. */
  async ask(path: string, asking: Asking = {}): Promise<Response> {
    const { method = 'GET', repeatable = method === 'GET', signal } = asking;
    for (let attempt = 0; ; attempt++) {
      const found = await this.#once(path, asking);
      if (found instanceof Response) return found;
      const pauseMs = PAUSES_MS[attempt];
      if (!repeatable || pauseMs === undefined || signal?.aborted === true) throw found;
      await pause(pauseMs, signal);
    }
  }

  async #once(path: string, asking: Asking): Promise<Response | NotReached> {
    const { url, headers, name, told } = this.#service;
    const own = await headers();
    let response: Response;
    try {
      response = await fetch(target(url, path, asking.query), initOf(asking, own));
    } catch (error) {
      asking.signal?.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      return new NotReached(
        `The ${name} does not answer at ${url} (${reason}): start it with bun run services, or say where it is with ${told}.`,
        { cause: error },
      );
    }
    if (response.ok) return response;
    const { code, detail } = await problemIn(response);
    const said = detail ?? `${response.status} ${response.statusText}`.trim();
    if ([429, 502, 503, 504].includes(response.status))
      return new NotReached(`The ${name} at ${url} can't now: ${said}`);
    throw new Refused(said, { status: response.status, code });
  }
}

function target(url: string, path: string, query: Asking['query'] = {}): URL {
  const found = new URL(url.replace(/\/+$/, '') + path);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) found.searchParams.set(name, String(value));
  return found;
}

function initOf(
  { method = 'GET', json, body, headers = {}, signal }: Asking,
  own: Record<string, string>,
): RequestInit {
  const content = json === undefined ? body?.() : JSON.stringify(json);
  const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json' };
  return {
    method,
    headers: { ...own, ...type, ...headers },
    ...(content === undefined ? {} : { body: content }),
    ...(signal ? { signal } : {}),
  };
}

/** What a refusal says of itself. */
async function problemIn(response: Response): Promise<{ code: string | null; detail: string | null }> {
  const text = await response.text().catch(() => ''); // an answer that breaks off says no more than its status
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    return {
      code: typeof code === 'string' ? code : null,
      detail: typeof detail === 'string' ? detail : null,
    };
  } catch {
    return { code: null, detail: null }; // no JSON: somebody else answered, such as a proxy
  }
}
