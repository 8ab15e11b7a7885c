// The configuration service, as the pages ask it: on behalf of whoever looks.
import { sessionTokenOf } from '../../../../platform/auth/index.ts';
import { HttpProblem } from '../../../../platform/http/index.ts';
import type { Visit } from '../../page.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A setting as the configuration service tells of it. */
export interface Setting {
  readonly service: string;
  readonly key: string;
  readonly description: string;
  /** What it takes, in a few words. */
  readonly takes: string;
  readonly default: Json;
  readonly value: Json;
  readonly isSet: boolean;
  /** The number of its last change. */
  readonly change: number;
  readonly by: string | null;
  readonly at: string | null;
  readonly pinned: readonly { readonly variable: string; readonly value: Json; readonly where: string }[];
  readonly note: string | null;
}

export interface ServiceSettings {
  readonly service: string;
  readonly version: string | null;
  readonly settings: readonly Setting[];
}

/** A change of a setting; null is the default. */
export interface Change {
  readonly number: number;
  readonly from: Json;
  readonly to: Json;
  readonly by: string;
  readonly at: string;
  readonly why: string | null;
}

const SERVICE = 'configuration-service';

interface Asked {
  readonly method?: 'GET' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly ifMatch?: string;
}

/**
 * Asks the configuration service. Throws `CallFailed` where none answers, and its own problem as `HttpProblem`. The token of
 * who looks goes along where there is one, so that the service decides, and its history names them.
 */
export async function askConfiguration<T>(visit: Visit, path: string, asked: Asked = {}): Promise<T> {
  const { method = 'GET', body, ifMatch } = asked;
  const session = sessionTokenOf(visit.request);
  const token = session === null ? visit.request.headers.get('authorization') : `Bearer ${session}`;
  const answer = await visit.calls.to(SERVICE).call(path, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: {
      ...(token === null ? {} : { authorization: token }),
      ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    },
  });
  if (answer.status < 300) return answer.body as T;
  const problem = (answer.body ?? {}) as { readonly code?: string; readonly detail?: string };
  const { code = 'configuration-refused', detail = `The configuration service answered ${answer.status}.` } =
    problem;
  throw new HttpProblem({ status: answer.status, code, detail });
}

/** A value as it is typed and shown. */
export function shownValue(value: Json): string {
  return typeof value === 'string' && value !== '' && !/^[\s"[{]|\s$/.test(value)
    ? value
    : JSON.stringify(value);
}
