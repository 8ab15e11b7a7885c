import { describe } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callsSuite } from './processes-suite.ts';

describe('calls of processes that know each other by the embedded log', () => {
  callsSuite(async () => ({ directory: mkdtempSync(join(tmpdir(), 'requite-calls-')) }));
});
