// Signatures after the Standard Webhooks convention (https://www.standardwebhooks.com).

const BASE64_SECRET = 'whsec_';

/** The headers by which a receiver knows who sent a webhook, when, and whether it has it already. */
export interface SignedHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/**
 * Signs one attempt. A secret that begins with `whsec_` is a key in Base64, as the libraries of the convention have it;
 * any other is taken as it is, as UTF-8. `nowMs`: milliseconds since 1970 UTC.
 */
export function signedHeaders(
  secret: string,
  { id, body }: { readonly id: string; readonly body: string },
  nowMs: number,
): SignedHeaders {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = new Bun.CryptoHasher('sha256', keyOf(secret))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

function keyOf(secret: string): Buffer {
  return secret.startsWith(BASE64_SECRET)
    ? Buffer.from(secret.slice(BASE64_SECRET.length), 'base64')
    : Buffer.from(secret, 'utf8');
}
