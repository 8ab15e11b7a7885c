// Which run a request is: named by its client, by an idempotency key, or by us.
import { isoTime, sha256 } from '../../core/mod.ts';
import type { Parsed } from './run-options.ts';

/** A run's name. `chosen`: the client chose it, so a run of this name may exist. */
export interface RunName {
  readonly runId: string;
  readonly chosen: boolean;
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A new run-id: UTC time for people, and 50 random bits, such as `20261121-042454-k3f9q2x8ab`. The byte source
 * gives at least 10 bytes, of which 5 bits each are used.
 */
export function newRunId(nowMs: number, random: Uint8Array): string {
  const digits = isoTime(nowMs).replaceAll(/[-:T]/g, '').slice(0, 14);
  const tail = Array.from(random.subarray(0, 10), (byte) => ALPHABET[byte & 31]).join('');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-${tail}`;
}

/** The run-id of an idempotency key. */
function runIdOfKey(key: string): string {
  return `k-${sha256(key).slice(0, 32)}`;
}

/** Names a run by the `Idempotency-Key` header and the body's `runId`; where both are given they must agree. */
export function nameRun(key: string | null, runId: string | null, generate: () => string): Parsed<RunName> {
  if (key === null) {
    return {
      ok: true,
      value: runId === null ? { runId: generate(), chosen: false } : { runId, chosen: true },
    };
  }
  if (!/^[\x20-\x7e]{1,255}$/.test(key)) {
    const detail = 'The Idempotency-Key header takes 1 to 255 printable ASCII characters.';
    return { ok: false, complaint: { code: 'invalid-idempotency-key', detail } };
  }
  const named = runIdOfKey(key);
  if (runId !== null && runId !== named) {
    const detail = `The Idempotency-Key names the run ${named}, the body another: give one of the two.`;
    return { ok: false, complaint: { code: 'run-id-mismatch', detail } };
  }
  return { ok: true, value: { runId: named, chosen: true } };
}
