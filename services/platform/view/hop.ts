import { exchange } from '../calls/exchange.ts';

/** The header of a request that another instance forwarded; its value is that instance's id. */
const FORWARDED = 'requite-forwarded-by';

/** What another instance said. `elsewhere`: it does not hold the key. `absent`: not there within the time. */
export type Hop =
  | { readonly kind: 'found'; readonly value: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface HopOptions {
  readonly url: URL;
  /** The asking instance. */
  readonly instanceId: string;
  /** What else it is sent with. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly signal: AbortSignal;
  /** Whether the other instance answers at once, rather than wait for the key. */
  readonly isQuick: boolean;
}

/** True for a request that another instance forwarded: it is answered from here or refused. */
export function isForwarded(request: Request): boolean {
  return request.headers.has(FORWARDED);
}

/** Asks another instance. Never rejects; what is aborted has failed. */
export async function hop(options: HopOptions): Promise<Hop> {
  try {
    return await ask(options);
  } catch (error) {
    if (!options.signal.aborted && /^(ECONNRESET|EPIPE)$/.test(codeOf(error))) {
      // a kept connection that the other side had closed looks so; a dead process refuses the next one
      return ask(options).catch(failure);
    }
    return failure(error);
  }
}

async function ask({ url, instanceId, headers, signal, isQuick }: HopOptions): Promise<Hop> {
  const sent = {
    accept: 'application/json',
    ...(await headers()),
    [FORWARDED]: instanceId,
  };
  const { status, text } = await exchange({ url, headers: sent, signal, isQuick });
  return understand(status, text);
}

function understand(status: number, body: string): Hop {
  if (status === 421) return { kind: 'elsewhere' };
  if (status === 404 || status === 504) return { kind: 'absent' };
  if (status !== 200) return { kind: 'failed', reason: `it answered ${status}` };
  try {
    return { kind: 'found', value: JSON.parse(body) };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): Hop {
  return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? '');
