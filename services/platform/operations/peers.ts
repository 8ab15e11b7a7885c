import type { Auth } from '../auth/index.ts';
import type { Discovery } from '../discovery/index.ts';
import { activeTraceHeader } from '../telemetry/active.ts';

/** A process that did not tell, and why. */
export interface Missing {
  readonly url: string;
  readonly reason: string;
}

/** What live processes told. Where `missing` has any, it is not all that there is. */
export interface Told<T> {
  readonly items: readonly T[];
  /** How many processes told something, this one included. */
  readonly processes: number;
  readonly missing: readonly Missing[];
}

export interface Asking<T> {
  readonly discovery: Pick<Discovery, 'all'>;
  readonly auth: Pick<Auth, 'headers'>;
  /** Such as `/logs?trace=…`: the answer's `items` are taken. */
  readonly path: string;
  /** What this process has itself, and where it is, so that it does not ask itself. Null: it is none of them. */
  readonly own: { readonly url: string; readonly items: readonly T[] } | null;
}

/** At most so many processes are asked (invariant 7), and each has so long. */
const PROCESSES_MAX = 200;
const ASK_WITHIN_MS = 2_000;

/** Asks every live process where it tells of itself. Never rejects: who does not answer is named. */
export async function askAll<T>({ discovery, auth, path, own }: Asking<T>): Promise<Told<T>> {
  const urls = new Set(discovery.all().flatMap(({ operationsUrl }) => operationsUrl ?? []));
  if (own !== null) urls.delete(own.url);
  const asked = [...urls].slice(0, PROCESSES_MAX);
  const missing: Missing[] = [...urls]
    .slice(PROCESSES_MAX)
    .map((url) => ({ url, reason: `not asked: at most ${PROCESSES_MAX} processes are` }));
  const answers = await Promise.all(asked.map((url) => ask<T>(url, path, auth)));
  const items = [...(own?.items ?? [])];
  for (const [at, answer] of answers.entries()) {
    if (typeof answer === 'string') missing.push({ url: asked[at] ?? '', reason: answer });
    else items.push(...answer);
  }
  const told = answers.filter((each) => typeof each !== 'string').length;
  return { items, processes: told + (own === null ? 0 : 1), missing };
}

/** The items that a process has, or why it has not told. */
async function ask<T>(
  url: string,
  path: string,
  auth: Pick<Auth, 'headers'>,
): Promise<readonly T[] | string> {
  try {
    const headers = { accept: 'application/json', ...(await auth.headers()), ...activeTraceHeader() };
    const response = await fetch(new URL(path, url), {
      headers,
      signal: AbortSignal.timeout(ASK_WITHIN_MS),
    });
    if (response.status === 401 || response.status === 403)
      return `it asks for a token with the role operator (${response.status}): set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET`;
    if (!response.ok) return `it answered ${response.status}`;
    return ((await response.json()) as { readonly items: readonly T[] }).items;
  } catch (error) {
    // it may have died just now: the others are told, and this one is named
    return error instanceof Error ? error.message : String(error);
  }
}
