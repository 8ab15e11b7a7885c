import fc from 'fast-check';
import { parseQaIdentifier, qaIdentifierOf } from '../../../core/messages/correlation.ts';
import { MAX_ID_LENGTH, MAX_QA_IDENTIFIER_LENGTH } from '../../../core/messages/schemas.ts';
import { isWellFormed } from '../../../core/messages/utf8.ts';
import { assert, test } from '../../harness.ts';

const fields = {
  workflowType: fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/),
  workflowId: fc.string({ unit: 'binary', minLength: 1 }).filter(isWellFormed),
  step: fc.integer({ min: 0, max: 999 }),
};
const ref = fc.record(fields, { noNullPrototype: true });

test('a qaIdentifier is read back as what it was made of', () => {
  fc.assert(fc.property(ref, (one) => assert.deepEqual(parseQaIdentifier(qaIdentifierOf(one)), one)));
});

test('no two questions share a qaIdentifier (invariant 2)', () => {
  fc.assert(
    fc.property(ref, ref, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      assert.equal(qaIdentifierOf(one) === qaIdentifierOf(other), same);
    }),
  );
});

test('whatever is read as a qaIdentifier is spelled in the one canonical way', () => {
  const piece = fc.constantFrom(
    'a',
    '/',
    '%',
    '%2F',
    '%2f',
    '0',
    '1',
    '00',
    '%41',
    '%C3%A9',
    'é',
    ' ',
    '+',
    '%zz',
    '-1',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join('');
      const read = parseQaIdentifier(text);
      if (read !== null) assert.equal(qaIdentifierOf(read), text);
    }),
  );
});

const refusals: readonly string[] = [
  '',
  'a',
  'a/b',
  '/b/0',
  'a//0',
  'a/b/',
  'a/b/c',
  'a/b/-1',
  'a/b/00',
  'a/b/01',
  'a/b/1.0',
  'a/b/1e2',
  'a/b/10000',
  'a/b/0/',
  'a/b/0/c',
  '/a/b/0',
  'a/%62/0',
  'a/b%2f/0',
  'a/é/0',
  'a/%/0',
  'a/%C3/0',
  'a/%ED%A0%80/0',
  'a/b /0',
  'a/b/0 ',
  'a/b/٣',
  'a/b/__proto__',
];
for (const text of refusals) {
  test(`${JSON.stringify(text)} is no qaIdentifier of ours`, () =>
    assert.equal(parseQaIdentifier(text), null));
}

test('the longest workflow-id, all of it escaped, still makes a qaIdentifier that fits its message', () => {
  const workflowId = '\u8a9e'.repeat(MAX_ID_LENGTH);
  const text = qaIdentifierOf({ workflowType: 't'.repeat(128), workflowId, step: 999 });
  assert.ok(text.length <= MAX_QA_IDENTIFIER_LENGTH);
  assert.equal(parseQaIdentifier(text)?.workflowId, workflowId);
});
