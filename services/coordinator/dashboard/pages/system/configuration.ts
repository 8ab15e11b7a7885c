// The configuration service, as the pages ask it: on behalf of whoever looks.
import type { Json } from '../../../../../core/mod.ts';
import { sessionTokenOf } from '../../../../platform/auth/index.ts';
import type { DescribedSetting } from '../../../../platform/configuration/index.ts';
import { HttpProblem } from '../../../../platform/http/index.ts';
import type { Visit } from '../../page.ts';

export interface ServiceSettings {
  readonly service: string;
  readonly version: string | null;
  readonly settings: readonly DescribedSetting[];
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
