import fc from 'fast-check';
import { displayWidth } from '../../../core/billing/display-width.ts';
import { isolate, printable } from '../../../core/billing/printable.ts';
import { beside, paddedBlock, textBlock, wrap } from '../../../core/billing/text-layout.ts';
import { assert, test } from '../../harness.ts';

test('lines break at spaces', () => {
  assert.deepEqual(wrap('one two  three four', 9), ['one two', 'three', 'four']);
  assert.deepEqual(wrap('  one   two ', 20), ['one   two']);
  assert.deepEqual(wrap('', 9), ['']);
  assert.deepEqual(wrap('   ', 9), ['']);
});

test('lines break between wide characters, but not before closing punctuation or after opening', () => {
  assert.deepEqual(wrap('光ファイバー回線', 8), ['光ファイ', 'バー回線']);
  assert.deepEqual(wrap('電気料金、基本', 8), ['電気料', '金、基本']);
  assert.deepEqual(wrap('電気料「基本」', 8), ['電気料', '「基本」']);
});

test('a word longer than a line is cut after a hyphen, else between clusters', () => {
  assert.deepEqual(wrap('hohen-wartenberg', 12), ['hohen-', 'wartenberg']);
  assert.deepEqual(wrap('abcdefghij', 4), ['abcd', 'efgh', 'ij']);
  assert.deepEqual(wrap('ke\u0301ke\u0301ke\u0301', 2), ['ke\u0301', 'ke\u0301', 'ke\u0301']);
});

test('plain text breaks where any text of one cell a character breaks', () => {
  // Georgian letters take a cell each and are not plain, so the second text is broken by clusters.
  const georgian = (text: string) => text.replaceAll('a', 'ა');
  const unit = fc.constantFrom('a', 'a', 'a', ' ', ' ', '-', 'bcd', '   ', 'efghijklmnop', 'é', '\u00a0');
  const widths = fc.integer({ min: 2, max: 20 });
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 40 }), widths, (text, width) => {
      assert.deepEqual(wrap(georgian(text), width), wrap(text, width).map(georgian));
    }),
    {
      seed: 8,
      numRuns: 500,
      examples: [
        ['', 2],
        ['   ', 2],
        ['a'.repeat(20), 20],
        ['a'.repeat(21), 20],
        [' a-a ', 2],
      ],
    },
  );
});

test('a word too long for a line begins on the line before where its part up to a hyphen has room', () => {
  assert.deepEqual(wrap('abc hohen-wartenberg', 12), ['abc hohen-', 'wartenberg']);
  assert.deepEqual(wrap('abc hohenwartenberg xy', 12), ['abc', 'hohenwartenb', 'erg xy']);
  assert.deepEqual(wrap('abcdef ghi', 6), ['abcdef', 'ghi']);
  assert.deepEqual(wrap('abcdefg  h', 6), ['abcdef', 'g  h']);
});

test('no line is wider than it may be, and nothing but spaces is lost', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 200 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 5, max: 40 }), (text, width) => {
      const lines = wrap(printable(text), width);
      assert.ok(lines.every((line) => displayWidth(line) <= width));
      const dense = (part: string) => part.replace(/[ \u3000]/g, '');
      assert.equal(dense(lines.join('')), dense(printable(text)));
    }),
  );
});

test('columns stand beside each other, and no line ends in spaces', () => {
  assert.equal(beside(['龙井 ', 'b    '], ['x', 'y', 'z'], 5), '龙井 x\nb    y\n     z\n');
  assert.equal(beside(['a    '], [], 5), 'a\n');
  assert.equal(beside(['a \u00a0', 'longer', '   '], [' ', 'b\u3000', ''], 3), 'a\nlongerb\n\n');
});

test('a padded block is as wide as its column, in every script', () => {
  assert.deepEqual(paddedBlock('one two', 4, 6), ['one   ', 'two   ']);
  assert.deepEqual(paddedBlock('龙井', 2, 4), ['龙  ', '井  ']);
  assert.deepEqual(paddedBlock('שלום', 5, 6), ['\u2068שלום\u2069  ']);
});

test('what could steer a terminal or turn the order of a line is made visible', () => {
  assert.equal(printable('a\u001b[2Jb'), 'a\ufffd[2Jb');
  assert.equal(
    printable('a\r\nb\tc\u0085d\u2028e\u2029f\u0000'),
    'a\ufffd\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\ufffd',
  );
  assert.equal(printable('\u202eevil\u202c\u2066x\u2069'), '\ufffdevil\ufffd\ufffdx\ufffd');
  assert.equal(printable('\ud800a\udc00\uffff'), '\ufffda\ufffd\ufffd');
});

test('a character alone is made printable as beside one that always has to be', () => {
  for (let code = 0; code <= 0xffff; code++) {
    const character = String.fromCharCode(code);
    assert.equal(printable(`${character}\0`), `${printable(character)}\ufffd`, code.toString(16));
  }
});

test('what is invisible goes, and what spelling needs stays', () => {
  assert.equal(printable('a\u00ad\u200b\u200e\u200f\u2060\ufeffb\u{e0041}'), 'ab');
  for (const text of [
    'می\u200cخواهم',
    '👨‍👩‍👧',
    '❤\ufe0f',
    '🏴\u{e0067}\u{e0062}\u{e007f}',
    'Ko\u0308hler',
  ]) {
    assert.equal(printable(text), text);
  }
});

test('printable text is printable again, and never has a control character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const clean = printable(text);
      assert.equal(printable(clean), clean);
      assert.equal(/[\ud800-\udfff]/u.test(clean), false);
      assert.ok(
        [...clean].every((character) => character >= ' ' && !/[\u007f-\u009f\u2028-\u202e]/.test(character)),
      );
    }),
  );
});

test('text from right to left is isolated from what stands beside it', () => {
  assert.equal(isolate('abc'), 'abc');
  assert.equal(isolate('שלום 9'), '\u2068שלום 9\u2069');
  assert.deepEqual(textBlock('שלום עולם', 5), ['\u2068שלום\u2069', '\u2068עולם\u2069']);
});
