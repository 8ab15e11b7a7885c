// What is written beside the log, on a disk that is full: mails in the outbox, and the lines of the log of a service.
import { afterEach, expect, test } from 'bun:test';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmailBench, orderOf, orderRecord, paymentOf, paymentRecord } from '../services/email/support.ts';
import { until } from '../support/until.ts';
import { diskFault, type SmallDisk, smallDisk } from './small-disk.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

function disk(): SmallDisk {
  const made = smallDisk(1);
  undo.push(() => made.remove());
  return made;
}

const mailsFor = (bench: EmailBench, ids: readonly string[]): Promise<void> =>
  bench.publish(...ids.flatMap((id) => [orderRecord(orderOf(id)), paymentRecord(paymentOf(id))]));

test.skipIf(!smallDiskIsApart())(
  'under the outbox: the sender waits and says why, and each mail is there once, whole, when there is room',
  async () => {
    const outbox = disk();
    const bench = await EmailBench.make('embedded', { OUTBOX_DIR: outbox.directory });
    undo.push(() => bench.close());
    const service = await bench.start();
    await mailsFor(bench, ['before']);
    await until('the first mail', () => bench.outbox().length === 1);
    outbox.fill();
    await mailsFor(bench, ['a', 'b', 'c']);
    await until('the sender to say so', async () => {
      const { ready, checks } = await service.readiness();
      return !ready && /takes no file, as its disk .* is full: make room/.test(checks['mail-sender'] ?? '');
    });
    outbox.free();
    await until('every mail', () => bench.outbox().length === 4);
    await until('the service to be ready', async () => (await service.readiness()).ready);
    for (const name of bench.outbox()) expect(bench.mail(name)).toEndWith('Requite Shop\r\n');
    expect(readdirSync(outbox.directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await bench.letters()).toEqual([]);
  },
  60_000,
);

for (const format of ['json', 'pretty'])
  test(`${diskFault}, under the file that standard output goes to (${format}): lines are lost, and the work goes on`, async () => {
    const full = disk();
    const file = join(full.directory, 'service.log');
    const program = `
      import { createLogger } from ${JSON.stringify(join(import.meta.dir, '../../services/platform/log.ts'))};
      const logger = createLogger({ logLevel: 'info', logFormat: ${JSON.stringify(format)} });
      await Bun.stdin.text();
      for (let at = 0; at < 50; at++) logger.info({ at }, 'x'.repeat(500));
      process.exit(7);
    `;
    writeFileSync(file, '');
    const output = openSync(file, 'a');
    const child = Bun.spawn([process.execPath, '-e', program], {
      stdin: 'pipe',
      stdout: output,
      stderr: 'pipe',
    });
    closeSync(output);
    full.fill([child.pid]);
    child.stdin.end();
    expect(await child.exited).toBe(7);
    expect(await new Response(child.stderr).text()).toBe('');
    expect(readFileSync(file, 'utf8').length).toBeLessThan(25_000);
  });

/** A limit of file sizes would stop the log as well: what it does to documents is not to be told apart then. */
function smallDiskIsApart(): boolean {
  const probe = smallDisk(1);
  probe.remove();
  if (!probe.isApart) console.warn(`LEFT OUT: a full disk under the outbox alone, as there is ${diskFault}`);
  return probe.isApart;
}
