import { utf8 } from './utf8.ts';

const M = 0x5bd1e995;

/** 32-bit murmur2 with the seed that Kafka's Java client uses; a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  const byte = (i: number): number => bytes[i] as number;
  const { length } = bytes;
  const whole = length & ~3;
  let h = 0x9747b28c ^ length;
  for (let i = 0; i < whole; i += 4) {
    const word = byte(i) | (byte(i + 1) << 8) | (byte(i + 2) << 16) | (byte(i + 3) << 24);
    let k = Math.imul(word, M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const rest = length & 3;
  if (rest === 3) h ^= byte(whole + 2) << 16;
  if (rest >= 2) h ^= byte(whole + 1) << 8;
  if (rest >= 1) h = Math.imul(h ^ byte(whole), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

/**
 * The partition of a key among `partitions`, exactly as Kafka's Java client chooses it (BuiltInPartitioner:
 * positive murmur2 of the UTF-8 bytes, modulo). Every producer of ours asks this function, so that a job's
 * records share one partition number across all topics.
 */
export function partitionFor(key: string, partitions: number): number {
  return (murmur2(utf8(key)) & 0x7fffffff) % partitions;
}
