import fc from 'fast-check';
import * as kinds from '../../../core/billing/character-kinds.ts';
import {
  clustersOf,
  displayWidth,
  hasRightToLeft,
  isPlain,
  padEnd,
  padStart,
  truncate,
} from '../../../core/billing/display-width.ts';
import { printable } from '../../../core/billing/printable.ts';
import * as tables from '../../../core/billing/width-tables.ts';
import { assert, test } from '../../harness.ts';

const widths: [what: string, text: string, width: number][] = [
  ['nothing', '', 0],
  ['ASCII', 'Fiber 500', 9],
  ['accented Latin, composed', 'Köhler', 6],
  ['accented Latin, decomposed', 'Ko\u0308hler', 6],
  ['Greek', 'Αθήνα', 5],
  ['Cyrillic', 'Львів', 5],
  ['Han', '龙井路', 6],
  ['Kana, half width', 'ｶﾌｪ', 3],
  ['Kana, full width, with a voiced mark', 'カ\u3099フェ', 6],
  ['Hangul, composed', '한빛로', 6],
  ['Hangul, conjoining', '\u1112\u1161\u11ab', 2],
  ['full width digits', '１２', 4],
  ['Hebrew with points', 'שָׁלוֹם', 4],
  ['Arabic with a vowel sign', 'مَريم', 4],
  ['Devanagari: spacing marks take a cell, others none', 'हिन्दी', 5],
  ['a zero width non-joiner in Persian', 'می\u200cخواهم', 7],
  ['an emoji', '🌻', 2],
  ['a family joined by joiners', '👨‍👩‍👧', 2],
  ['a skin tone', '👍🏽', 2],
  ['a heart with and without its emoji selector', '❤\ufe0f❤', 3],
  ['a flag', '🇵🇹', 2],
  ['two flags', '🇵🇹🇯🇵', 4],
  ['half a flag', '🇵', 1],
  ['a copyright sign, which no joiner joins', '👨\u200d©', 3],
  ['a keycap', '1\ufe0f\u20e3', 2],
  ['a keycap with a mark too many', '1\u0301\ufe0f\u20e3', 1],
  ['a flag of tags', '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}', 2],
  ['an ellipsis, which is ambiguous', '…', 1],
  ['an emoji newer than the tables, in an emoji block', '\u{1faf9}', 2],
];

for (const [what, text, width] of widths) {
  test(`the width of ${what} is ${width}`, () => assert.equal(displayWidth(text), width));
}

test('the tables rise and their ranges do not overlap', () => {
  for (const ranges of Object.values(tables)) {
    assert.equal(ranges.length % 2, 0);
    ranges.forEach((code, index) => {
      const before = ranges[index - 1] ?? -1;
      assert.ok(index % 2 === 1 ? code >= before : code > before);
    });
  }
});

test('a character has the kinds of the tables that name it, on both sides of the border of each range', () => {
  const bits = [
    [kinds.WIDE, tables.WIDE_RANGES],
    [kinds.ZERO, tables.ZERO_RANGES],
    [kinds.SPACING_MARK, tables.SPACING_MARK_RANGES],
    [kinds.PICTOGRAPH, tables.PICTOGRAPH_RANGES],
    [kinds.SKIN_TONE, tables.SKIN_TONE_RANGES],
    [kinds.RIGHT_TO_LEFT, tables.RIGHT_TO_LEFT_RANGES],
  ] as const;
  const isIn = (ranges: readonly number[], code: number) =>
    ranges.some((first, at) => at % 2 === 0 && first <= code && code <= (ranges[at + 1] ?? 0));
  const edges = Object.values(tables).flatMap((ranges) =>
    ranges.flatMap((code) => [code - 1, code, code + 1]),
  );
  for (const code of new Set([0, 0x1ffff, 0x20000, 0x10ffff, ...edges])) {
    const expected = bits.reduce((sum, [bit, ranges]) => sum + (isIn(ranges, code) ? bit : 0), 0);
    assert.equal(kinds.kindsOf(code), expected, code.toString(16));
  }
});

test('whatever is plain is printable, from left to right, and takes a cell a character, as any way of measuring finds', () => {
  let plain = 0;
  for (let code = 0; code <= 0xffff; code++) {
    const character = String.fromCharCode(code);
    if (!isPlain(character)) continue;
    plain++;
    assert.deepEqual(clustersOf(character + character), [
      { text: character, width: 1 },
      { text: character, width: 1 },
    ]);
    assert.equal(hasRightToLeft(`${character}龙`), false);
    assert.equal(printable(`${character}\u200b`), character);
  }
  assert.ok(plain > 1000);
  assert.ok(['', 'Bäckerei 1', 'Αθήνα', 'Львів', 'č'].every(isPlain));
  assert.ok(
    ['e\u0301', '龙', 'שלום', '\u00ad', '\n', '\u007f', '…', '🌻', 'a\ud800'].every((text) => !isPlain(text)),
  );
});

test('the width of a text is that of its clusters, whichever way it is measured', () => {
  const unit = fc.oneof(
    fc.constantFrom('a', ' ', 'é', 'Ж', '龙', 'ש', '\u0301', '\u200d', '\ufe0f', '👍', '🇵'),
    fc.string({ unit: 'binary', maxLength: 1 }),
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 30 }), (text) => {
      const width = clustersOf(text).reduce((sum, cluster) => sum + cluster.width, 0);
      assert.equal(displayWidth(text), width);
    }),
    { seed: 8, numRuns: 300 },
  );
});

test('clusters are the whole text, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const joined = clustersOf(text).map((cluster) => cluster.text);
      assert.equal(joined.join(''), text);
      assert.ok(clustersOf(text).every((cluster) => cluster.width <= 5));
    }),
  );
});

test('padding reaches the width by cells and never cuts', () => {
  assert.equal(padEnd('龙井', 6), '龙井  ');
  assert.equal(padStart('e\u0301', 3), '  e\u0301');
  assert.equal(padEnd('long', 2), 'long');
  for (const width of [0, 1, 78, 79, 80, 81, 200]) {
    assert.equal(padEnd('', width).length, width);
    assert.equal(padStart('龙', width).length, Math.max(1, width - 1));
  }
});

test('truncation keeps whole clusters and leaves room for its ellipsis', () => {
  assert.equal(truncate('龙井路16号', 10), '龙井路16号');
  assert.equal(truncate('龙井路16号', 6), '龙井…');
  assert.equal(truncate('Café', 3), 'Ca…');
  assert.equal(truncate('👨‍👩‍👧👨‍👩‍👧', 3), '👨‍👩‍👧…');
  assert.equal(truncate('x', 0), '');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, width) => {
      assert.ok(displayWidth(truncate(text, width)) <= width);
    }),
  );
});

test('texts written from right to left are known', () => {
  assert.deepEqual(['abc', '龙', 'abc ש', 'مريم', '١٢'].map(hasRightToLeft), [
    false,
    false,
    true,
    true,
    true,
  ]);
});
