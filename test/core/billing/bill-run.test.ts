import { Value } from '@sinclair/typebox/value';
import { BillRun, billRunHash, billRunRecords } from '../../../core/billing/bill-run.ts';
import { assert, test } from '../../harness.ts';

const period = { from: '2026-11-01', to: '2026-12-01' };
const createTime = '2026-12-01T10:00:00.000Z';

test('runs of bill-generation keep the hashes that they had before there were others', () => {
  assert.equal(
    billRunHash({ customerIdentifiers: ['1', '3'] }),
    '78d182b87ca90d2fabeca1e69e4d8a11cad276fce1c9dfb7ea701cf128e7ef7d',
  );
  assert.equal(
    billRunHash({ customerIdentifiers: ['1'], billDate: '2026-11-30' }),
    'bc45fd3054a5f6ac149bd42655898ed6339f25609921cbdb6204c875ba8dd3e3',
  );
});

test('another period is another content, and so is none', () => {
  const request = { customerIdentifiers: ['1', '3'] };
  const hashes = [
    request,
    { ...request, period },
    { ...request, period: { ...period, to: '2026-12-02' } },
    { ...request, period, billDate: '2026-12-01' },
  ].map(billRunHash);
  assert.equal(new Set(hashes).size, 4);
});

test('a run of order-billing says so, with its period, and others say neither', () => {
  const runOf = (request: Parameters<typeof billRunHash>[0]): BillRun => {
    const value = JSON.parse(String(billRunRecords('r', request, createTime, 0).at(-1)?.value)) as unknown;
    assert.ok(Value.Check(BillRun, value));
    return value;
  };
  const orders = runOf({ customerIdentifiers: ['1'], period });
  assert.deepEqual([orders['workflow-type'], orders.period], ['order-billing', period]);
  const plain = runOf({ customerIdentifiers: ['1'] });
  assert.deepEqual(Object.keys(plain), ['run-id', 'create-time', 'content-hash', 'count', 'parts']);
});
