import { expect, test } from 'bun:test';
import { isKnown } from '../../../../services/coordinator/documents/etag.ts';
import { attachment } from '../../../../services/coordinator/documents/file-name.ts';
import { RecentBytes } from '../../../../services/coordinator/documents/recent-bytes.ts';
import { documentFileName } from '../../../../services/platform/document-files.ts';

const HASH = 'a'.repeat(64);
const ids = [
  'r_1',
  'a/b',
  '../../etc/passwd',
  '..',
  '.',
  'C:\\x',
  'CON',
  'a b',
  'ü',
  '',
  HASH,
  'x'.repeat(129),
];

test('a file name can leave no directory, and no two ids share one', () => {
  const names = ids.map((id) => documentFileName(id, 'pdf'));
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,128}\.pdf$/);
  expect(new Set(names).size).toBe(ids.length);
  expect(names[0]).toBe('r_1.pdf');
  expect(names[10]).not.toBe(`${HASH}.pdf`);
});

test('a download is called by its id where that is safe, and by something like it where clients can', () => {
  expect(attachment('r_1.pdf', 'r_1', 'pdf')).toBe('attachment; filename="r_1.pdf"');
  expect(attachment('abc.pdf', 'r_Zoë', 'pdf')).toBe(
    `attachment; filename="abc.pdf"; filename*=UTF-8''r_Zo%C3%AB.pdf`,
  );
});

test('no id breaks out of the header, or of the directory that a browser saves to', () => {
  for (const id of [...ids, 'a"\r\nSet-Cookie: x', "a';(b)*", '\u202efdp.exe', '\ud83d', '.hidden', 'a\0b']) {
    const header = attachment(documentFileName(id, 'pdf'), id, 'pdf');
    expect(header).toMatch(/^attachment; filename="[\w.-]+"(; filename\*=UTF-8''[\w.%-]+)?$/);
    const told = decodeURIComponent(header.split("UTF-8''")[1] ?? 'x');
    expect(told).not.toMatch(/[/\\:\p{Cc}\u202e]|^\./u);
  }
});

test('an entity tag is known where the header names it, weakly or strongly, among others', () => {
  for (const header of ['"a"', 'W/"a"', '"b", "a"', '"b",W/"a" , "c"', '*', ' * '])
    expect(isKnown(header, '"a"')).toBe(true);
  for (const header of [null, '', '"b"', 'a', '"aa"']) expect(isKnown(header, '"a"')).toBe(false);
});

test('of what was made of late, that goes first which was not asked for the longest', () => {
  const recent = new RecentBytes(10);
  recent.put('a', new Uint8Array(4));
  recent.put('b', new Uint8Array(4));
  expect(recent.get('a')?.byteLength).toBe(4);
  recent.put('c', new Uint8Array(4));
  expect(['a', 'b', 'c'].map((key) => recent.get(key) !== undefined)).toEqual([true, false, true]);
  recent.put('huge', new Uint8Array(11));
  expect(['a', 'c', 'huge'].map((key) => recent.get(key) !== undefined)).toEqual([false, false, false]);
});
