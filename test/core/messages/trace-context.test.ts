import {
  childContext,
  formatTraceparent,
  isSampled,
  parseTraceparent,
  unsampled,
} from '../../../core/messages/trace-context.ts';
import { assert, test } from '../../harness.ts';

// the examples of https://www.w3.org/TR/trace-context/#examples-of-http-traceparent-headers
const SAMPLED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const NOT_SAMPLED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';

test('a traceparent is read as the W3C examples say, and written the same', () => {
  const read = parseTraceparent(SAMPLED);
  assert.deepEqual(read, {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    sampled: true,
  });
  assert.equal(read === null ? '' : formatTraceparent(read), SAMPLED);
  assert.equal(parseTraceparent(NOT_SAMPLED)?.sampled, false);
});

test('of the flags only the lowest bit says that it is sampled', () => {
  assert.equal(isSampled(SAMPLED.replace(/01$/, '03')), true);
  assert.equal(isSampled(SAMPLED.replace(/01$/, '02')), false);
});

test('what the specification calls invalid is no context, and is not sampled', () => {
  const invalid = [
    '',
    'nothing',
    SAMPLED.toUpperCase(),
    SAMPLED.replace(/^00/, 'ff'),
    `${SAMPLED}-more`,
    SAMPLED.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32)),
    SAMPLED.replace('00f067aa0ba902b7', '0'.repeat(16)),
    SAMPLED.slice(1),
  ];
  for (const text of invalid) {
    assert.equal(parseTraceparent(text), null, text);
    assert.equal(isSampled(text), false, text);
  }
  assert.equal(parseTraceparent(undefined), null);
});

test('a later version is read as far as ours goes, also where it has more members', () => {
  assert.equal(parseTraceparent(`${SAMPLED.replace(/^00/, '01')}-more`)?.sampled, true);
});

test('a child has the same trace and flags, and the first 16 digits of SHA-256 of trace-id and seed', () => {
  // printf '4bf92f3577b34da6a3ce929d0e0e4736job b-1' | sha256sum
  const child = childContext(SAMPLED, 'job b-1');
  assert.equal(child, '00-4bf92f3577b34da6a3ce929d0e0e4736-1d7c7a0fcb8a9834-01');
  assert.equal(childContext(SAMPLED, 'job b-1'), child);
  assert.notEqual(childContext(SAMPLED, 'job b-2'), child);
});

test('the id of a child does not depend on its parent: whoever knows the trace can tell it', () => {
  const elsewhere = SAMPLED.replace('00f067aa0ba902b7', 'aaaaaaaaaaaaaaaa');
  assert.equal(childContext(elsewhere, 'step 1'), childContext(SAMPLED, 'step 1'));
});

test('a context that is not sampled, or none, has no children: it is passed on as it is', () => {
  assert.equal(childContext(NOT_SAMPLED, 'job b-1'), NOT_SAMPLED);
  assert.equal(childContext('nothing', 'job b-1'), 'nothing');
});

test('a trace that is not followed any further keeps its ids', () => {
  assert.equal(unsampled(SAMPLED), NOT_SAMPLED);
  assert.equal(unsampled('nothing'), 'nothing');
});
