import { utf8 } from './utf8.ts';

/** The largest integer whose n-th power is at most `value`, by bisection: exact, where floating point may round. */
function integerRoot(value: bigint, n: bigint): bigint {
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** n <= value) low = middle;
    else high = middle;
  }
  return low;
}

/** The first 32 bits of the fractional parts of the n-th roots of the first primes (FIPS 180-4, 4.2.2 and 5.3.3). */
function fractionalRoots(count: number, n: bigint): Int32Array {
  const words = new Int32Array(count);
  let found = 0;
  for (let candidate = 2; found < count; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++)
      if (candidate % divisor === 0) prime = false;
    if (prime) words[found++] = Number(BigInt.asIntN(32, integerRoot(BigInt(candidate) << (32n * n), n)));
  }
  return words;
}

const K = fractionalRoots(64, 3n);
const INITIAL = fractionalRoots(8, 2n);
const schedule = new Int32Array(64);

function expand(message: Uint8Array, at: number): void {
  const w = schedule;
  const byte = (i: number): number => message[i] as number;
  for (let i = 0, from = at; i < 16; i++, from += 4)
    w[i] = (byte(from) << 24) | (byte(from + 1) << 16) | (byte(from + 2) << 8) | byte(from + 3);
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15] as number;
    const b = w[i - 2] as number;
    const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    w[i] = ((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0;
  }
}

/** One block. Plain variables and no arrays made: this is where the time of a bill's hashes goes. */
function compress(state: Int32Array, message: Uint8Array, at: number): void {
  expand(message, at);
  const before = (i: number): number => state[i] as number;
  let a = before(0);
  let b = before(1);
  let c = before(2);
  let d = before(3);
  let e = before(4);
  let f = before(5);
  let g = before(6);
  let h = before(7);
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (K[i] as number) + (schedule[i] as number)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = before(0) + a;
  state[1] = before(1) + b;
  state[2] = before(2) + c;
  state[3] = before(3) + d;
  state[4] = before(4) + e;
  state[5] = before(5) + f;
  state[6] = before(6) + g;
  state[7] = before(7) + h;
}

/** What remains of a message after its whole blocks, with its padding and its length in bits (FIPS 180-4, 5.1.1). */
function lastBlocks(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length & 63;
  const last = new Uint8Array(rest < 56 ? 64 : 128);
  last.set(bytes.subarray(bytes.length - rest));
  last[rest] = 0x80;
  let bits = bytes.length * 8;
  for (let at = last.length - 1; bits > 0; at--, bits = Math.floor(bits / 256)) last[at] = bits % 256;
  return last;
}

function ownSha256(text: string): string {
  const bytes = utf8(text);
  const last = lastBlocks(bytes);
  const state = Int32Array.from(INITIAL);
  for (let at = 0; at + 64 <= bytes.length; at += 64) compress(state, bytes, at);
  for (let at = 0; at < last.length; at += 64) compress(state, last, at);
  let hex = '';
  for (const word of state) hex += (word >>> 0).toString(16).padStart(8, '0');
  return hex;
}

let hash = ownSha256;

/** SHA-256 (FIPS 180-4) of a text's UTF-8, as 64 lower-case hexadecimal digits: the same on every runtime. */
export function sha256(text: string): string {
  return hash(text);
}

/** Each kind of text in which an implementation could differ: empty, beyond ASCII, lone surrogates, several blocks. */
const PROBES: readonly string[] = ['', 'abc', 'é日本😀', 'a\ud83d', '\ude00b', 'requite '.repeat(100)];

/**
 * From now on `sha256` is the host's own, which is native and thus ten times as fast as this room's; null: this room's
 * again. It takes a text, of which a lone surrogate counts as U+FFFD, and gives lower-case hexadecimal digits: RangeError
 * where it gives anything else.
 */
export function useSha256(native: ((text: string) => string) | null): void {
  const other = native === null ? undefined : PROBES.find((text) => native(text) !== ownSha256(text));
  if (other !== undefined) {
    throw new RangeError(`not SHA-256 of UTF-8 in hexadecimal: it differs for ${JSON.stringify(other)}`);
  }
  hash = native ?? ownSha256;
}
