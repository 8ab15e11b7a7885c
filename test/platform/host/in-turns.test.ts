import { expect, test } from 'bun:test';
import { inTurns } from '../../../services/platform/host/in-turns.ts';

/** Holds the process. */
function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

test('items are taken in order, and others have their turn between them', async () => {
  const seen: number[] = [];
  let turns = 0;
  const other = setInterval(() => turns++, 0);
  await inTurns([...Array(100).keys()], (item, at) => {
    expect(item).toBe(at);
    seen.push(item);
    work(0.5);
  });
  clearInterval(other);
  expect(seen).toEqual([...Array(100).keys()]);
  expect(turns).toBeGreaterThan(0);
});

test('beside work that holds the process for long it has about half of it, not a moment now and then', async () => {
  let turns = 0;
  let isOver = false;
  const hold = (): void => {
    if (isOver) return;
    turns++;
    work(20);
    setImmediate(hold);
  };
  setImmediate(hold);
  let itemsMs = 0;
  await inTurns([...Array(1_000).keys()], () => {
    const begunMs = performance.now();
    work(0.1);
    itemsMs += performance.now() - begunMs;
  });
  isOver = true;
  expect(turns).toBeGreaterThan(0);
  // each turn of the others is paid back with one as long; in moments of 3 ms there would be seven times as many
  expect(turns).toBeLessThan(itemsMs / 20 + 5);
});

test('what an item throws ends it', async () => {
  const seen: number[] = [];
  const each = (item: number): void => {
    if (item === 2) throw new Error('no');
    seen.push(item);
  };
  await expect(inTurns([1, 2, 3], each)).rejects.toThrow('no');
  expect(seen).toEqual([1]);
});
