import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
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

/** A few are flushed each by itself, many by one flush of the disk: both keep the same promises. */
for (const count of [3, 100]) {
  const ids = Array.from({ length: count }, (_, at) => `bill-${at}`);
  const documents = ids.map((id) => ({ id, text: `the text of ${id}\n` }));

  test(`${count} documents are written at once, whole, and leave nothing else`, async () => {
    const files = await DocumentFiles.open(directory(), 'txt');
    expect(await files.writeAll(documents)).toEqual(ids.map(() => 'written'));
    expect(readdirSync(files.directory).sort()).toEqual(ids.map((id) => `${id}.txt`).sort());
    for (const { id, text } of documents) {
      expect(readFileSync(join(files.directory, `${id}.txt`), 'utf8')).toBe(text);
    }
  });

  test(`${count} documents of which some are there are compared with them, never written over`, async () => {
    const files = await DocumentFiles.open(directory(), 'txt');
    await files.write('bill-0', 'the text of bill-0\n');
    await files.write('bill-1', 'another text\n');
    const outcomes = await files.writeAll(documents);
    expect(outcomes).toEqual(['unchanged', 'conflict', ...ids.slice(2).map(() => 'written' as const)]);
    expect(readFileSync(join(files.directory, 'bill-1.txt'), 'utf8')).toBe('another text\n');
    expect(readdirSync(files.directory)).toHaveLength(count);
  });

  test(`among ${count} documents an id that comes twice is written once, as it came first`, async () => {
    const files = await DocumentFiles.open(directory(), 'txt');
    const outcomes = await files.writeAll([
      ...documents,
      { id: 'bill-2', text: 'the text of bill-2\n' },
      { id: 'bill-2', text: 'another text\n' },
    ]);
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(count);
    expect(readdirSync(files.directory)).toHaveLength(count);
  });

  test(`${count} documents can't be written where the directory is gone: it says so, and works once it is back`, async () => {
    const files = await DocumentFiles.open(directory(), 'txt');
    rmSync(files.directory, { recursive: true });
    await expect(files.writeAll(documents)).rejects.toThrow('is gone: make it again');
    mkdirSync(files.directory);
    expect(await files.writeAll(documents)).toEqual(ids.map(() => 'written'));
    expect(readdirSync(files.directory)).toHaveLength(count);
  });
}

test('what fails half way leaves no temporary file', async () => {
  const files = await DocumentFiles.open(directory(), 'txt');
  // a directory in the place of a file takes no link, and is no document that could be compared
  const documents = Array.from({ length: 50 }, (_, at) => ({ id: `bill-${at}`, text: 'x' }));
  mkdirSync(join(files.directory, 'bill-40.txt'));
  await expect(files.writeAll(documents)).rejects.toThrow(files.directory);
  expect(readdirSync(files.directory).filter((name) => name.startsWith('.'))).toEqual([]);
});
