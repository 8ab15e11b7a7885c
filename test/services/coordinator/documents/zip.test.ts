import { expect, test } from 'bun:test';
import { crc32 } from 'node:zlib';
import { type ZipEntry, zipped } from '../../../../services/coordinator/documents/zip.ts';
import { unzipped } from './reading.ts';

const entry = (name: string, text: string, compress = true): ZipEntry => ({
  name,
  date: '2020-04-15',
  bytes: new TextEncoder().encode(text),
  compress,
});

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function written(entries: Iterable<ZipEntry>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of zipped(each(entries))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Date and time as DOS writes them, of the first file of an archive. */
function firstDate(archive: Buffer): readonly number[] {
  const [time, day] = [archive.readUInt16LE(10), archive.readUInt16LE(12)];
  return [1980 + (day >> 9), (day >> 5) & 15, day & 31, time >> 11, (time >> 5) & 63];
}

test('what goes in comes out, packed and as it is', async () => {
  const long = 'a line of text\n'.repeat(10_000);
  const archive = await written([entry('a.txt', long), entry('b.pdf', long, false), entry('empty.txt', '')]);
  expect(unzipped(archive).map(({ name, text }) => [name, text])).toEqual([
    ['a.txt', long],
    ['b.pdf', long],
    ['empty.txt', ''],
  ]);
  expect(archive.length).toBeGreaterThan(long.length);
  expect(archive.length).toBeLessThan(long.length + 2_000);
});

test('a file has its checksum, and is dated at noon', async () => {
  const archive = await written([entry('a.txt', 'some text')]);
  expect(archive.readUInt32LE(14)).toBe(crc32('some text'));
  expect(firstDate(archive)).toEqual([2020, 4, 15, 12, 0]);
});

test('an archive of nothing is one', async () => {
  expect(unzipped(await written([]))).toEqual([]);
});

test('days that the format does not know become the nearest that it does', async () => {
  const dated = (date: string): Promise<Buffer> => written([{ ...entry('a.txt', 'x'), date }]);
  expect(firstDate(await dated('0001-01-01')).slice(0, 3)).toEqual([1980, 1, 1]);
  expect(firstDate(await dated('9999-12-31')).slice(0, 3)).toEqual([2107, 12, 31]);
});

test('more than 65,535 files are all found, by way of the ZIP64 records', async () => {
  function* many(): Generator<ZipEntry> {
    for (let at = 0; at < 70_000; at++) yield entry(`${at}.txt`, 'x', false);
  }
  const archive = await written(many());
  expect(archive.readUInt32LE(archive.length - 98)).toBe(0x06064b50);
  expect(archive.readBigUInt64LE(archive.length - 98 + 32)).toBe(70_000n);
  const files = unzipped(archive);
  expect([files.length, files.at(-1)?.name]).toEqual([70_000, '69999.txt']);
});
