import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeWith } from '../../postgres/describe.ts';
import { findPostgres } from '../../postgres/index.ts';
import { nodeBinary } from '../../runtimes/binaries.ts';

// Engines run on Bun and on Node: the same store on both. That the programs end shows that nothing is left open.

const folder = mkdtempSync(path.join(tmpdir(), 'requite-on-node-'));
afterAll(() => rmSync(folder, { recursive: true }));

const node = nodeBinary();
const skipNode = 'missing' in node && !process.env.CI;
if (skipNode) console.warn(`SKIPPED: the PostgreSQL job store on Node, because ${node.missing}.`);

describeWith(
  'the same store',
  await findPostgres(),
  (postgres) => postgres.drop(),
  (postgres) => {
    async function expectToWork(runtime: string): Promise<void> {
      const fixture = path.join(import.meta.dir, 'fixtures', 'on-node.ts');
      const built = await Bun.build({
        entrypoints: [fixture],
        target: 'node',
        outdir: folder,
        naming: '[name].mjs',
      });
      const [bundle] = built.outputs;
      const child = Bun.spawn([runtime, bundle?.path ?? '', await postgres.freshDatabase()], {
        stderr: 'inherit',
      });
      expect(JSON.parse(await new Response(child.stdout).text())).toEqual({
        lost: 1_000,
        loaded: 1_000,
        input: 'é\0🧾',
        due: ['é\0-0', 'é\0-1'],
        next: 0,
        early: 1_000,
        open: 0,
        forgotten: [],
        left: 0,
        away: 'unavailable',
        awayAgain: 'unavailable',
        closed: 'closed',
      });
      expect(await child.exited).toBe(0);
    }

    test('on Bun', () => expectToWork(process.execPath));

    test.skipIf(skipNode)('on Node', async () => {
      if ('missing' in node) throw new Error(`CI has to test on Node, but ${node.missing}.`);
      await expectToWork(node.path);
    });
  },
);
