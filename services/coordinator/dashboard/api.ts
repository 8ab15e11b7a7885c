// The pages are a client of the coordinator's REST interface, in the same process: what they show is what any client gets,
// and who may see it is decided in one place.
import type { Elysia } from 'elysia';
import { sessionTokenOf } from '../../platform/auth/index.ts';
import { HttpProblem } from '../../platform/http/index.ts';

/** Asks the REST interface for whoever asked for the page. `path` begins with a slash. Throws `HttpProblem`. */
export interface Api {
  get<T>(path: string): Promise<T>;
  /** Posts JSON (or a file as it is), and gives the reply's JSON. */
  post<T>(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<T>;
}

/** What of a request says who asks, beside its session. */
const CREDENTIALS = ['authorization', 'x-forwarded-for'];

export function apiOf(app: Elysia, request: Request): Api {
  const credentials = CREDENTIALS.flatMap((name): [string, string][] => {
    const value = request.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  const token = sessionTokenOf(request);
  const ask = async <T>(path: string, init: RequestInit): Promise<T> => {
    const headers = {
      accept: 'application/json',
      ...Object.fromEntries(credentials),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...init.headers,
    };
    const response = await app.handle(new Request(new URL(path, request.url).href, { ...init, headers }));
    const body: unknown = await response.json();
    if (!response.ok) throw problemIn(body, response);
    return body as T;
  };
  return {
    get: (path) => ask(path, {}),
    post: (path, body, headers = {}) => {
      const isFile = body instanceof Blob;
      const type = isFile ? 'text/csv' : 'application/json';
      const sent = body === undefined ? {} : { body: isFile ? body : JSON.stringify(body) };
      return ask(path, { method: 'POST', ...sent, headers: { 'content-type': type, ...headers } });
    },
  };
}

/** A problem document as the problem that it was made of. */
function problemIn(body: unknown, { status, headers }: Response): HttpProblem {
  const { code = 'internal-error', detail = 'No reason was given.' } = body as {
    readonly code?: string;
    readonly detail?: string;
  };
  const retryAfter = headers.get('retry-after');
  return new HttpProblem({
    status,
    code,
    detail,
    ...(retryAfter === null ? {} : { headers: { 'retry-after': retryAfter } }),
  });
}
