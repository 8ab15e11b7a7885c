import http from 'node:http';
import https from 'node:https';

/** The header of a request that another instance forwarded; its value is that instance's id. */
const FORWARDED = 'requite-forwarded-by';
/** The largest answer that is taken from another instance, in bytes. */
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;

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
  readonly signal: AbortSignal;
  /** Whether the other instance answers at once, rather than wait for the key. */
  readonly isQuick: boolean;
}

/** True for a request that another instance forwarded: it is answered from here or refused. */
export function isForwarded(request: Request): boolean {
  return request.headers.has(FORWARDED);
}

// Bun's fetch is five times as fast as its node:http, but has at most 256 requests under way, which waiting reads, or
// quick ones at an instance that is frozen, must not use up
const FETCHES_MAX = 128;
let fetches = 0;
const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }),
  'https:': new https.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }),
};

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

function ask(options: HopOptions): Promise<Hop> {
  return options.isQuick && fetches < FETCHES_MAX ? askQuickly(options) : askPatiently(options);
}

const headersOf = (instanceId: string): Record<string, string> => ({
  accept: 'application/json',
  [FORWARDED]: instanceId,
});

async function askQuickly({ url, instanceId, signal }: HopOptions): Promise<Hop> {
  fetches++;
  try {
    const response = await fetch(url, { headers: headersOf(instanceId), signal, redirect: 'manual' });
    const length = Number(response.headers.get('content-length') ?? 0);
    if (length > ANSWER_MAX_BYTES) {
      await response.body?.cancel();
      throw tooLarge();
    }
    return understand(response.status, await response.text());
  } finally {
    fetches--;
  }
}

function askPatiently({ url, instanceId, signal }: HopOptions): Promise<Hop> {
  const { get } = url.protocol === 'https:' ? https : http;
  const agent = agents[url.protocol === 'https:' ? 'https:' : 'http:'];
  const headers = headersOf(instanceId);
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > ANSWER_MAX_BYTES) request.destroy(tooLarge());
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('aborted', () => reject(Object.assign(new Error('it broke off'), { code: 'ECONNRESET' })));
      response.on('end', () =>
        resolve(understand(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))),
      );
    });
    request.on('error', reject);
  });
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

const tooLarge = (): Error => new Error(`its answer has over ${ANSWER_MAX_BYTES} bytes`);

function failure(error: unknown): Hop {
  return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? '');
