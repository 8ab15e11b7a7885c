import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DocumentFiles } from '../../services/platform/document-files.ts';

const directory = (): string => join(mkdtempSync(join(tmpdir(), 'requite-files-')), 'deep', 'bills');

test('a document is written once, and the same again changes nothing', async () => {
  const files = await DocumentFiles.open(directory(), 'txt');
  expect(await files.write('run-1_2', 'a bill\n')).toBe('written');
  expect(await files.write('run-1_2', 'a bill\n')).toBe('unchanged');
  await files.flush();
  expect(readdirSync(files.directory)).toEqual(['run-1_2.txt']);
  expect(readFileSync(join(files.directory, 'run-1_2.txt'), 'utf8')).toBe('a bill\n');
});

test('different bytes never overwrite a document', async () => {
  const files = await DocumentFiles.open(directory(), 'txt');
  await files.write('one', 'first');
  expect(await files.write('one', 'second')).toBe('conflict');
  expect(readFileSync(join(files.directory, 'one.txt'), 'utf8')).toBe('first');
});

const hostile = [
  '../../etc/passwd',
  'a/b',
  '.',
  '..',
  '',
  'nul',
  'ünïcode',
  'x'.repeat(129),
  'a b',
  'con.txt',
  '-rf\u0000',
];
for (const id of hostile) {
  test(`the id ${JSON.stringify(id).slice(0, 40)} can't leave the directory`, async () => {
    const files = await DocumentFiles.open(directory(), 'txt');
    expect(await files.write(id, 'x')).toBe('written');
    const safe = /^[A-Za-z0-9_-]{1,128}$/.test(id);
    const name = safe ? id : createHash('sha256').update(id).digest('hex');
    expect(readdirSync(files.directory)).toEqual([`${name}.txt`]);
  });
}

test('an id that looks like the hash of another does not get its file', async () => {
  const files = await DocumentFiles.open(directory(), 'txt');
  const id = 'a/b';
  await files.write(id, 'x');
  const hash = createHash('sha256').update(id).digest('hex');
  expect(await files.write(hash, 'y')).toBe('written');
  expect(await files.write(hash.toUpperCase(), 'z')).toBe('written');
  expect(readdirSync(files.directory)).toHaveLength(3);
});

test('what a crash left is removed after an hour, and nothing else is', async () => {
  const path = directory();
  await DocumentFiles.open(path, 'txt');
  const [old, young, other] = ['.requite-1-0.tmp', '.requite-1-1.tmp', 'notes.tmp'].map((name) =>
    join(path, name),
  ) as [string, string, string];
  for (const file of [old, young, other]) writeFileSync(file, 'x');
  const longAgo = Date.now() / 1000 - 7200;
  utimesSync(old, longAgo, longAgo);
  utimesSync(other, longAgo, longAgo);
  await DocumentFiles.open(path, 'txt');
  expect([existsSync(old), existsSync(young), existsSync(other)]).toEqual([false, true, true]);
});

test('many writers of the same document agree', async () => {
  const path = directory();
  const [one, two] = [await DocumentFiles.open(path, 'txt'), await DocumentFiles.open(path, 'txt')];
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? one : two).write('same', 'bytes')),
  );
  expect(outcomes.every((outcome) => outcome !== 'conflict')).toBe(true);
  expect(readdirSync(path)).toEqual(['same.txt']);
});
