import fc from 'fast-check';
import { sha256, useSha256 } from '../../../core/messages/sha256.ts';
import { isWellFormed, utf8 } from '../../../core/messages/utf8.ts';
import { assert, test } from '../../harness.ts';

/** FIPS 180-2 appendix B and the empty text; the rest from coreutils' sha256sum. */
const vectors: readonly (readonly [string, string, string])[] = [
  ['the empty text', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    '56 bytes, which need a second block',
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  [
    'a million of a',
    'a'.repeat(1_000_000),
    'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  ],
  ['é日本😀', 'é日本😀', 'c041589bea8d52d0cfc5cc907f6e7731d278a616741efb013dfcaf41d63b021b'],
];

for (const [name, text, hash] of vectors) {
  test(`sha256 of ${name} is the known one`, () => assert.equal(sha256(text), hash));
}

const TextEncoderOf = (
  globalThis as unknown as { TextEncoder: new () => { encode(text: string): Uint8Array } }
).TextEncoder;

test("utf8 gives the bytes of the runtime's own encoder, lone surrogates too", () => {
  const encoder = new TextEncoderOf();
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
  const surrogates = fc.integer({ min: 0xd7ff, max: 0xe000 }).map((code) => String.fromCharCode(code));
  const text = fc.array(fc.oneof(unit, surrogates)).map((units) => units.join(''));
  fc.assert(fc.property(text, (each) => assert.deepEqual([...utf8(each)], [...encoder.encode(each)])));
});

test('a text is well formed where every surrogate has its partner', () => {
  for (const good of ['', 'a', '😀', 'x😀y', '\ud83d\ude00']) assert.ok(isWellFormed(good));
  for (const bad of ['\ud83d', '\ude00', '\ude00\ud83d', 'a\ud83d', '\ud83d\ud83d\ude00', '😀\ude00']) {
    assert.ok(!isWellFormed(bad));
  }
});

test('sha256 of every length around a block is 64 hexadecimal digits of its own', () => {
  const hashes = Array.from({ length: 130 }, (_, length) => sha256('x'.repeat(length)));
  assert.equal(new Set(hashes).size, 130);
  for (const hash of hashes) assert.match(hash, /^[0-9a-f]{64}$/);
});

test("a host's own SHA-256 takes over, until this room's is asked for again", () => {
  const own = sha256('a text');
  let isProbed = true;
  useSha256((text) => (isProbed ? sha256(text) : "the host's"));
  isProbed = false;
  try {
    assert.equal(sha256('a text'), "the host's");
  } finally {
    useSha256(null);
  }
  assert.equal(sha256('a text'), own);
});

test('what is not SHA-256 of UTF-8 in lower-case hexadecimal does not take over', () => {
  const others: readonly ((text: string) => string)[] = [
    () => '',
    (text) => sha256(text).toUpperCase(),
    (text) => sha256(text.replace(/[^ -~]/g, '?')),
    (text) => sha256(isWellFormed(text) ? text : ''),
    (text) => sha256(text.slice(0, 64)),
  ];
  for (const other of others) assert.throws(() => useSha256(other), RangeError);
  assert.equal(sha256('abc'), vectors[1]?.[2]);
});
