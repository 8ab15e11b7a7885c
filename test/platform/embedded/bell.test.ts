import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bell } from '../../../services/platform/transport/embedded/bell.ts';

/** Nothing but rings is to wake anybody here. */
const NEVER_MS = 3_600_000;
const RINGS = 150;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'requite-bell-'));
  writeFileSync(join(directory, 'commits'), '');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('of rings that follow each other closely, as where one process answers another, none is missed', async () => {
  const committed = (): number => statSync(join(directory, 'commits')).size;
  let seen = 0;
  const hasChanged = (): boolean => {
    const before = seen;
    seen = committed();
    return seen !== before;
  };
  const bell = new Bell(join(directory, 'bell'), hasChanged, NEVER_MS);
  const ringer = Bun.spawn({
    cmd: [process.execPath, join(import.meta.dir, 'fixtures/ringer.ts'), directory, String(RINGS)],
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  let overslept = 0;
  while (seen < RINGS && overslept === 0) {
    let isOver = false;
    const limit = setTimeout(() => {
      isOver = true;
      bell.wake();
    }, 20_000);
    await bell.wait(NEVER_MS);
    clearTimeout(limit);
    if (isOver && committed() > seen) overslept = committed() - seen;
  }
  bell.close();
  ringer.kill();
  expect({ seen, overslept }).toEqual({ seen: RINGS, overslept: 0 });
});
