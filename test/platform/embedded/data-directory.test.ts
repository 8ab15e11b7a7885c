import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFileError, openingError } from '../../../services/platform/store/sqlite/errors.ts';
import { openSqliteJobStore } from '../../../services/platform/store/sqlite/sqlite-job-store.ts';
import { openEmbedded } from '../../../services/platform/transport/embedded/open.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'requite-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function refusal(path: string): DataFileError {
  try {
    void openEmbedded(path).close();
  } catch (error) {
    // Being refused is what these tests are about.
    if (error instanceof DataFileError) return error;
    throw error;
  }
  throw new Error(`${path} was opened.`);
}

test('the directory is made with its parents', async () => {
  const deep = join(directory, 'a', 'b');
  await openEmbedded(deep).close();
  expect(existsSync(join(deep, 'requite.db'))).toBe(true);
});

test('a file in the place of the directory is named', () => {
  const path = join(directory, 'file');
  writeFileSync(path, '');
  expect(refusal(path)).toMatchObject({ code: 'not-a-directory', path });
  expect(refusal(join(path, 'below')).message).toContain('is not a directory');
});

test('a directory that can not be written is named, with what to do', () => {
  for (const code of ['EACCES', 'EROFS', 'SQLITE_READONLY_DIRECTORY']) {
    const error = openingError(directory, Object.assign(new Error(code), { code }));
    expect(error.code).toBe('not-writable');
    expect(error.message).toContain('right to write');
  }
});

test('a damaged file is named, and left as it is', async () => {
  const path = join(directory, 'requite.db');
  const garbage = 'this is no database '.repeat(500);
  writeFileSync(path, garbage);
  expect(refusal(directory).code).toBe('corrupt');
  expect(await Bun.file(path).text()).toBe(garbage);
});

test('a file of a newer version is refused, and left as it is', async () => {
  await openEmbedded(directory).close();
  const database = new Database(join(directory, 'requite.db'));
  database.run('PRAGMA user_version = 99');
  database.close();
  expect(refusal(directory)).toMatchObject({ code: 'newer-version' });
  expect(refusal(directory).message).toContain('99');
});

test("another program's database is refused", () => {
  const database = new Database(join(directory, 'requite.db'));
  database.run('CREATE TABLE somebody (elses INTEGER)');
  database.close();
  expect(refusal(directory).code).toBe('not-ours');
});

test('a file of jobs is no log', async () => {
  await openSqliteJobStore(join(directory, 'requite.db')).close();
  expect(refusal(directory).code).toBe('not-ours');
});

test('the same directory by other paths is one and the same log', async () => {
  const one = openEmbedded(directory);
  mkdirSync(join(directory, 'x'));
  const other = openEmbedded(join(directory, 'x', '..'));
  await one.transport.createTopics([{ name: 't', partitions: 3 }]);
  await one.close();
  expect(await other.transport.endOffsets('t')).toEqual([0, 0, 0]);
  await other.close();
});

test('what is closed can be opened again, at once', async () => {
  for (let round = 0; round < 3; round++) {
    const embedded = openEmbedded(directory);
    const closing = embedded.close();
    const again = openEmbedded(directory);
    await again.transport.createTopics([{ name: 't', partitions: 3 }]);
    await closing;
    expect(await again.transport.endOffsets('t')).toEqual([0, 0, 0]);
    await again.close();
  }
});
