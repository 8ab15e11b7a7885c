// One setting: what it is, who changed it, and a form to change it.
import type { Json } from '../../../../../core/mod.ts';
import { access } from '../../../../platform/auth/index.ts';
import { CallFailed } from '../../../../platform/calls/index.ts';
import type { DescribedSetting } from '../../../../platform/configuration/index.ts';
import { HttpProblem } from '../../../../platform/http/index.ts';
import { notice } from '../../components/notice.ts';
import { subnav } from '../../components/subnav.ts';
import { moment } from '../../format.ts';
import { flag, foreign, type Html, html } from '../../html.ts';
import { type Action, asComplaint, field, type Page, type Shown, seeOther, type Visit } from '../../page.ts';
import { askConfiguration, type Change, shownValue } from './configuration.ts';
import { configurationAway, setBy, settingPath } from './settings.ts';

const PATH = '/ui/system/settings';
const WHY_MAX = 1_000;
const VALUE_MAX = 8_192;

interface Typed {
  readonly value: string;
  readonly why: string;
}

export const settingPage: Page = {
  path: `${PATH}/:service/:key`,
  access: access('operator', 'configuration-admin'),
  show: (visit) => shown(visit, null, null),
};

export const changeSetting: Action = {
  path: `${PATH}/:service/:key`,
  access: access('configuration-admin'),
  act: async (visit, form) => {
    const typed = { value: field(form, 'value'), why: field(form, 'why') };
    const asked = { ifMatch: field(form, 'change') };
    return await changed(visit, typed, async (path) => {
      const why = typed.why === '' ? {} : { why: typed.why };
      if (form.get('unset') !== null)
        await askConfiguration(visit, `${path}?${new URLSearchParams(why)}`, { ...asked, method: 'DELETE' });
      else {
        const setting = await askConfiguration<DescribedSetting>(visit, path);
        const body = { value: asTyped(typed.value, setting), ...why };
        await askConfiguration(visit, path, { ...asked, method: 'PUT', body });
      }
    });
  },
};

async function changed(
  visit: Visit,
  typed: Typed,
  change: (path: string) => Promise<void>,
): Promise<Response | Shown> {
  const { service = '', key = '' } = visit.params;
  try {
    await change(restPath(visit));
    return seeOther(settingPath(service, key));
  } catch (error) {
    if (error instanceof CallFailed)
      return {
        ...(await shown(
          visit,
          typed,
          `${error.message} Nothing may have been changed: look at the history before you try again.`,
        )),
        status: 503,
      };
    const { status, code, detail } = asComplaint(error);
    if (status === 404) throw error;
    const said =
      code === 'stale'
        ? 'Somebody has changed it meanwhile: what counts now is below. Change it again if you still want to.'
        : detail;
    return { ...(await shown(visit, typed, said)), status };
  }
}

function restPath({ params }: Visit): string {
  const { service = '', key = '' } = params;
  return `/settings/${encodeURIComponent(service)}/${encodeURIComponent(key)}`;
}

/** What somebody typed, as the kind of value that the setting has: a text as it is, all else as JSON. */
function asTyped(text: string, setting: DescribedSetting): Json {
  if (typeof setting.default === 'string') return /^".*"$/s.test(text) ? (parsed(text) ?? text) : text;
  return parsed(text) ?? text;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // then it is the text, and the service says what it takes
  }
}

async function shown(visit: Visit, typed: Typed | null, complaint: string | null): Promise<Shown> {
  const { service = '', key = '' } = visit.params;
  return {
    title: `${key} of ${service}`,
    isSystem: true,
    main: html`${subnav(PATH)}
<p class="crumb"><a href="${PATH}">Settings</a></p>
<h1>${foreign(key)} <small class="soft">of ${foreign(service)}</small></h1>
${complaint === null ? null : notice('attention', html`<p>${foreign(complaint)}</p>`)}
${await body(visit, typed)}`,
  };
}

async function body(visit: Visit, typed: Typed | null): Promise<Html> {
  try {
    const path = restPath(visit);
    const setting = await askConfiguration<DescribedSetting>(visit, path);
    const { changes } = await askConfiguration<{ readonly changes: readonly Change[] }>(
      visit,
      `${path}/history`,
    ).catch((error: unknown) => {
      // one that was never set and is not known any more has none
      if (error instanceof HttpProblem && error.status === 404) return { changes: [] };
      throw error;
    });
    return html`<div class="columns"><div><p class="lead sentence">${foreign(setting.description)}</p>${facts(setting)}${history(changes)}</div>${form(setting, typed)}</div>`;
  } catch (error) {
    return configurationAway(error, visit);
  }
}

function facts(setting: DescribedSetting): Html {
  const { value, takes, pinned, note } = setting;
  return html`<dl class="pairs"><div><dt>Now</dt><dd><code>${foreign(shownValue(value))}</code></dd></div>
<div><dt>Set by</dt><dd>${setBy(setting)}</dd></div>
<div><dt>Default</dt><dd><code>${foreign(shownValue(setting.default))}</code></dd></div>
${takes === '' ? null : html`<div><dt>Takes</dt><dd>${foreign(takes)}</dd></div>`}
${pinned.map((pin) => html`<div><dt>Pinned</dt><dd>to <code>${foreign(shownValue(pin.value))}</code> at ${foreign(pin.where)}, by <code>${foreign(pin.variable)}</code> of its environment: a change does not reach it</dd></div>`)}
${note === null ? null : html`<div><dt>Note</dt><dd>${foreign(note)}</dd></div>`}</dl>`;
}

function form(setting: DescribedSetting, typed: Typed | null): Html {
  const { service, key, takes, change, isSet, value } = setting;
  const text = typed?.value ?? shownValue(value);
  const input =
    typeof setting.default === 'boolean'
      ? html`<select id="value" name="value">${['true', 'false'].map((each) => html`<option ${flag('selected', each === text)}>${each}</option>`)}</select>`
      : html`<input id="value" name="value" value="${text}" maxlength="${VALUE_MAX}" autocomplete="off" required${takes === '' ? null : html` aria-describedby="takes"`}>`;
  return html`<form class="card" method="post" action="${settingPath(service, key)}"><h2>Change it</h2>
<input type="hidden" name="change" value="${change}">
<div class="field"><label for="value">Value</label>${takes === '' ? null : html`<p class="hint" id="takes">Takes ${foreign(takes)}</p>`}${input}</div>
<div class="field"><label for="why">Why <span class="optional">for who reads the history</span></label><input id="why" name="why" value="${typed?.why ?? ''}" maxlength="${WHY_MAX}" autocomplete="off"></div>
<p class="actions"><button class="primary">Change</button>${isSet ? html`<button name="unset" value="1" formnovalidate>Back to the default</button>` : null}</p></form>`;
}

function history(changes: readonly Change[]): Html {
  if (changes.length === 0) return html`<h2>History</h2><p class="soft">Nobody has changed it yet.</p>`;
  return html`<h2>History</h2><div class="scroll"><table><caption class="unseen">Changes, newest first</caption>
<thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Why</th></tr></thead>
<tbody>${changes.map(
    ({ from, to, by, at, why }) =>
      html`<tr><th scope="row"><time datetime="${at}">${moment(at)}</time></th><td>${foreign(by)}</td><td>${changeValue(from)}</td><td>${changeValue(to)}</td><td>${why === null ? html`<span class="soft">–</span>` : foreign(why)}</td></tr>`,
  )}</tbody></table></div>`;
}

const changeValue = (value: Json): Html =>
  value === null ? html`<span class="soft">default</span>` : html`<code>${foreign(shownValue(value))}</code>`;
