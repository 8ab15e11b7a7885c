// The central configuration: what is set, by whom, and where an environment pins it.

import { access } from '../../../../platform/auth/index.ts';
import { CallFailed } from '../../../../platform/calls/index.ts';
import type { DescribedSetting } from '../../../../platform/configuration/index.ts';
import { notice } from '../../components/notice.ts';
import { subnav } from '../../components/subnav.ts';
import { type Starting, toStart } from '../../components/to-start.ts';
import { moment } from '../../format.ts';
import { foreign, type Html, html } from '../../html.ts';
import type { Page, Visit } from '../../page.ts';
import { askConfiguration, type ServiceSettings, shownValue } from './configuration.ts';

const PATH = '/ui/system/settings';

export const settingPath = (service: string, key: string): string =>
  `${PATH}/${encodeURIComponent(service)}/${encodeURIComponent(key)}`;

export const settingsPage: Page = {
  path: PATH,
  access: access('operator', 'configuration-admin'),
  show: async (visit) => ({ title: 'Settings', isSystem: true, main: await shown(visit) }),
};

async function shown(visit: Visit): Promise<Html> {
  return html`${subnav(PATH)}
<h1>Settings</h1>
<p class="soft">What can be changed while services run. A change holds for all instances within a moment, and stays on record.</p>
${await list(visit)}`;
}

async function list(visit: Visit): Promise<Html> {
  try {
    const { services } = await askConfiguration<{ readonly services: readonly ServiceSettings[] }>(
      visit,
      '/settings',
    );
    const some = services.filter(({ settings }) => settings.length > 0);
    if (some.length === 0)
      return html`<p>No service has said yet which settings it has: each does at its start.</p>`;
    return html`${some.map(serviceTable)}`;
  } catch (error) {
    return configurationAway(error, visit);
  }
}

/** What is shown where the configuration service is away; other errors are thrown on. */
export function configurationAway(error: unknown, starting: Starting): Html {
  if (!(error instanceof CallFailed)) throw error;
  const { code, message } = error;
  return code === 'no-instance'
    ? notice(
        'attention',
        html`<p><b>No configuration service is running,</b> so settings can’t be shown or changed here. Services go on with those that they have. Start one with</p>${toStart(['configuration-service'], starting)}`,
      )
    : notice('attention', html`<p><b>The configuration service does not answer.</b> ${foreign(message)}</p>`);
}

function serviceTable({ service, version, settings }: ServiceSettings): Html {
  return html`<section aria-labelledby="of-${service}"><h2 id="of-${service}">${foreign(service)}${version === null ? null : html` <small class="soft">${foreign(version)}</small>`}</h2>
<div class="scroll"><table class="settings stacked"><caption class="unseen">Settings of ${service}</caption>
<thead><tr><th scope="col">Setting</th><th scope="col">Value</th><th scope="col">Set by</th></tr></thead>
<tbody>${settings.map(settingRow)}</tbody></table></div></section>`;
}

function settingRow(setting: DescribedSetting): Html {
  const { service, key, description, value, note, pinned } = setting;
  return html`<tr><th scope="row"><a href="${settingPath(service, key)}">${foreign(key)}</a><p class="soft">${foreign(description)}</p></th>
<td data-label="Value"><code>${foreign(shownValue(value))}</code>${note === null ? null : html`<p class="soft">${foreign(note)}</p>`}${pinned.map((pin) => html`<p class="soft">pinned to <code>${foreign(shownValue(pin.value))}</code> at ${foreign(pin.where)}</p>`)}</td>
<td data-label="Set by">${setBy(setting)}</td></tr>`;
}

export function setBy({ isSet, by, at }: DescribedSetting): Html {
  if (!isSet) return html`<span class="soft">the default</span>`;
  return html`${foreign(by ?? 'somebody')}${at === null ? null : html` <time class="soft" datetime="${at}">${moment(at)}</time>`}`;
}
