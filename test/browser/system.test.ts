// The pages of the system in a real browser, on real processes, one of which is killed.
import { afterAll, beforeAll, describe, test } from 'bun:test';
import { partitionFor, topics } from '../../core/mod.ts';
import { openBacking } from '../../services/platform/backing.ts';
import { report, started } from '../services/coordinator/support.ts';
import { Lab } from '../story/lab.ts';
import { Browsing, canBrowse, expectSound, PHONE, screenshot, type Tab } from './browser.ts';

const PARTITIONS = 4;
let lab: Lab;
let browsing: Browsing;

/** Something that can't be decoded, and jobs that are parked for two reasons. */
async function publishTroubles(dataDir: string): Promise<void> {
  const backing = await openBacking({ dataDir, kafka: null, jobStore: 'memory' });
  const parked = (id: string, code: string, message: string) => ({
    ...report(id, 1, 'parked', [started, { event: 'parked', error: { code, message } }]),
    partition: partitionFor(id, PARTITIONS),
  });
  const broken = { topic: topics.workflowQueue, partition: 1, headers: { 'x-from': 'a test' } };
  await backing.transport.publish([
    ...['a', 'b', 'c'].map((id) => parked(`stuck-${id}`, 'definition-threw', 'prices is not a function')),
    parked('stuck-d', 'too-many-steps', 'The job has taken 1,000 steps.'),
    { ...broken, key: 'k', value: '{"workflow-id":"k","oops":[1,2,{"deep":true}]}' },
    { ...broken, key: 'bytes', value: new Uint8Array([0xff, 0xfe, 0x00, 0x41, 0x42]) },
  ]);
  await backing.close();
}

describe.skipIf(!canBrowse)('the pages of the system', () => {
  beforeAll(async () => {
    lab = await Lab.make();
    browsing = await Browsing.open();
    await lab.start('coordinator');
    await Promise.all([lab.start('crm'), lab.start('engine')]);
    await lab.post({ customerIdentifiers: ['1', '2', '3', '4'], runId: 'r' });
    await lab.until('the run to end', async () => (await lab.progress('r')).ended);
    await publishTroubles(lab.dataDir);
  }, 240_000);

  afterAll(async () => {
    await browsing?.close();
    await lab?.close();
  }, 60_000);

  const opened = (path: string, options?: Parameters<Browsing['tab']>[0]): Promise<Tab> =>
    browsing.opened(lab.coordinator + path, options);

  test('the topology says who runs, and the same as a table', async () => {
    const tab = await opened('/ui/system');
    await tab.page.getByText('3 instances in 3 processes').waitFor();
    await tab.page.getByText('As a table').first().click();
    await tab.page
      .getByRole('row', { name: /^workflow-queue/ })
      .getByText('engine')
      .first()
      .waitFor();
    await screenshot(tab, 'system-topology');
    await expectSound(tab);
    await tab.page.getByRole('link', { name: 'Every service there is' }).click();
    await tab.page.getByRole('heading', { name: 'Who reacts to which event' }).waitFor();
    await screenshot(tab, 'system-topology-all');
    await expectSound(tab);
  });

  test('instances say what they own, and an engine that is killed is missed on every page', async () => {
    const instances = await opened('/ui/system/instances');
    const groups = await opened('/ui/system/groups');
    const row = groups.page.getByRole('row', { name: /^engine/ });
    await instances.page.getByText('partitions 0–3').first().waitFor();
    await instances.page
      .getByText(/^version [\d.]+, pid \d+ /)
      .first()
      .waitFor();
    await row.getByText('running').waitFor();
    await screenshot(instances, 'system-instances');
    await screenshot(groups, 'system-groups');
    await expectSound(instances);
    await lab.kill('engine');
    await row.getByText('nobody reads').waitFor();
    await instances.page.getByText('2 instances in 2 processes').waitFor();
    await screenshot(groups, 'system-groups-gone');
    await row.getByRole('link').click();
    await groups.page.getByText('None is alive.').waitFor();
    await lab.start('engine');
    await groups.page.getByText('None is alive.').waitFor({ state: 'detached' });
    await groups.page.getByRole('heading', { name: 'workflow-queue' }).waitFor();
    await screenshot(groups, 'system-group');
    await expectSound(groups);
  });

  test('breakers are there from the first call on', async () => {
    await opened('/ui/customers');
    const tab = await opened('/ui/system/breakers');
    await tab.page.getByRole('row', { name: /crm closed/ }).waitFor();
    await screenshot(tab, 'system-breakers');
    await expectSound(tab);
  });

  test('lines of the log are found by service and text', async () => {
    const tab = await opened('/ui/system/logs');
    await tab.page.getByLabel('Service').selectOption('crm');
    await tab.page.getByRole('searchbox', { name: 'Text' }).fill('listening');
    await tab.page.getByRole('button', { name: 'Search' }).click();
    await tab.page.waitForURL(/service=crm/);
    await tab.page.locator('.lines li', { hasText: 'listening' }).first().waitFor();
    await screenshot(tab, 'system-logs');
    await expectSound(tab);
  });

  test('a dead letter is looked at whole, and put back', async () => {
    const tab = await opened('/ui/system/dead-letters');
    const { page } = tab;
    await lab.until('the letters to be there', async () => {
      await page.reload();
      return (await page.getByRole('link', { name: /^Letter / }).count()) === 2;
    });
    await screenshot(tab, 'system-dead-letters');
    await expectSound(tab);
    await page
      .getByRole('link', { name: /^Letter / })
      .first()
      .click();
    await page.getByRole('button', { name: 'Put it back' }).waitFor();
    await screenshot(tab, 'system-dead-letter');
    await expectSound(tab);
    await page.getByRole('button', { name: 'Put it back' }).click();
    await page.getByText('It was put back.').waitFor();
    await screenshot(tab, 'system-dead-letter-back');
    await expectSound(tab);
  });

  test('parked jobs are told by reason; one and all of a reason are told to go on', async () => {
    const tab = await opened('/ui/system/parked');
    const { page } = tab;
    await page.getByRole('button', { name: 'Retry all 3' }).waitFor();
    await screenshot(tab, 'system-parked');
    await expectSound(tab);
    await page.getByRole('button', { name: 'Retry stuck-d' }).click();
    await page.getByText('1 job was told to go on.').waitFor();
    await page.getByRole('button', { name: 'Retry all 3' }).click();
    await page.getByText('3 jobs were told to go on.').waitFor();
    await expectSound(tab);
  });

  test('settings wait for their service, and are changed with their history', async () => {
    const tab = await opened('/ui/system/settings');
    const { page } = tab;
    await page.getByText('No configuration service is running').waitFor();
    await screenshot(tab, 'system-settings-away');
    await expectSound(tab);
    await lab.start('configuration-service');
    await lab.until('settings to be shown', async () => {
      await page.reload();
      return (await page.getByRole('table').count()) > 0;
    });
    await screenshot(tab, 'system-settings');
    await expectSound(tab);
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('textbox', { name: 'Value' }).fill('debug');
    await page.getByRole('textbox', { name: 'Why' }).fill('to see more of it');
    await page.getByRole('button', { name: 'Change' }).click();
    await page.getByRole('row', { name: /default debug to see more of it/ }).waitFor();
    await screenshot(tab, 'system-setting');
    await expectSound(tab);
  });

  const paths = [
    '',
    'instances',
    'groups',
    'groups/engine',
    'breakers',
    'settings',
    'logs',
    'dead-letters',
    'parked',
  ];
  for (const name of paths)
    test(`/ui/system/${name} fits on a phone and on a wide screen, light and dark`, async () => {
      const tab = await opened(`/ui/system/${name}`.replace(/\/$/, ''), {
        viewport: PHONE,
        colorScheme: 'light',
      });
      await screenshot(tab, `system-phone-${name.replace('/', '-')}`);
      await expectSound(tab);
      await tab.page.emulateMedia({ colorScheme: 'dark' });
      await tab.page.setViewportSize({ width: 1600, height: 1000 });
      await screenshot(tab, `system-wide-${name.replace('/', '-')}`);
      await expectSound(tab);
    });
});
