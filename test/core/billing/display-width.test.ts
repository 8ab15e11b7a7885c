import fc from 'fast-check';
import {
  clustersOf,
  displayWidth,
  hasRightToLeft,
  padEnd,
  padStart,
  truncate,
} from '../../../core/billing/display-width.ts';
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
  ['a keycap', '1\ufe0f\u20e3', 2],
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
