// What all live processes have logged lately.
import { durationMs } from '../../../../../core/mod.ts';
import { access } from '../../../../platform/auth/index.ts';
import type { Instance } from '../../../../platform/discovery/index.ts';
import { LEVELS, type LogLine } from '../../../../platform/telemetry/index.ts';
import { missingProcesses } from '../../components/missing.ts';
import { notice } from '../../components/notice.ts';
import { type Shape, state } from '../../components/states.ts';
import { subnav } from '../../components/subnav.ts';
import { several } from '../../format.ts';
import { flag, foreign, type Html, html } from '../../html.ts';
import type { Page, Visit } from '../../page.ts';
import { jobPath } from '../../paths.ts';

const PATH = '/ui/system/logs';
const EVERY_MS = 3_000;
const LINES = 200;
const TEXT_MAX = 256;
const SINCE = [
  ['5m', 'Last 5 minutes'],
  ['1h', 'Last hour'],
  ['24h', 'Last day'],
  ['', 'All that is kept'],
] as const;
const FIELDS = ['service', 'level', 'text', 'workflow', 'trace', 'since'] as const;
type Values = Readonly<Record<(typeof FIELDS)[number], string>>;

export const logsPage: Page = {
  path: PATH,
  access: access('operator'),
  query: FIELDS,
  show: async (visit) => ({
    title: 'Logs',
    isSystem: true,
    live: { everyMs: EVERY_MS },
    main: await shown(visit),
  }),
};

async function shown(visit: Visit): Promise<Html> {
  const values = valuesOf(visit);
  const complaint = complaintOf(values);
  return html`${subnav(PATH)}
<h1>Logs</h1>
${form(values, namesOf(visit.system.instances() ?? []))}
${complaint === null ? await found(visit, values) : notice('attention', html`<p>${complaint}</p>`)}`;
}

function valuesOf({ query }: Visit): Values {
  const value = (name: (typeof FIELDS)[number]): string => (query[name] ?? '').trim();
  return {
    service: value('service'),
    level: query.level === undefined ? 'info' : value('level'),
    text: value('text'),
    workflow: value('workflow'),
    trace: value('trace'),
    since: query.since === undefined ? '1h' : value('since'),
  };
}

function complaintOf({ level, trace, since, ...texts }: Values): string | null {
  if (level !== '' && !LEVELS.some((each) => each === level))
    return `A level is one of ${LEVELS.join(', ')}.`;
  if (trace !== '' && !/^[0-9a-f]{32}$/.test(trace))
    return 'A trace-id has 32 hexadecimal digits in lower case.';
  if (since !== '' && sinceMsOf(since, 0) === null) return 'Say since when as a duration, such as 5m or 1h.';
  if (Object.values(texts).some(({ length }) => length > TEXT_MAX))
    return `Look for at most ${TEXT_MAX} characters.`;
  return null;
}

function sinceMsOf(since: string, nowMs: number): number | null {
  try {
    return since === '' ? null : nowMs - durationMs(since);
  } catch {
    return null; // it is no duration, which the page says
  }
}

function namesOf(instances: readonly Instance[]): readonly string[] {
  const services = instances.map(({ service }) => service).filter((name) => !name.startsWith('view:'));
  return [...new Set([...services, 'operations'])].sort();
}

function form(values: Values, services: readonly string[]): Html {
  const option = (value: string, chosen: string, word: string): Html =>
    html`<option value="${value}" ${flag('selected', value === chosen)}>${word}</option>`;
  const known =
    values.service === '' || services.includes(values.service) ? services : [values.service, ...services];
  const times = SINCE.some(([value]) => value === values.since)
    ? SINCE
    : [[values.since, `Last ${values.since}`] as const, ...SINCE];
  const isNarrow = values.workflow !== '' || values.trace !== '';
  return html`<form class="card filters" method="get" action="${PATH}">
<div class="field wide-field"><label for="text">Text</label><input type="search" id="text" name="text" value="${values.text}" maxlength="${TEXT_MAX}" autocomplete="off"></div>
<div class="field"><label for="service">Service</label><select id="service" name="service">${option('', values.service, 'Every service')}${known.map((name) => option(name, values.service, name))}</select></div>
<div class="field"><label for="level">Level</label><select id="level" name="level">${LEVELS.map((level) => option(level, values.level === '' ? 'trace' : values.level, level === 'fatal' ? level : `${level} and worse`))}</select></div>
<div class="field"><label for="since">Time</label><select id="since" name="since">${times.map(([value, word]) => option(value, values.since, word))}</select></div>
<details class="field wide-field" ${flag('open', isNarrow)}><summary>By workflow or trace</summary>
<div class="filters"><div class="field"><label for="workflow">Workflow-id</label><input id="workflow" name="workflow" value="${values.workflow}" maxlength="${TEXT_MAX}" autocomplete="off"></div>
<div class="field"><label for="trace">Trace-id</label><input id="trace" name="trace" value="${values.trace}" maxlength="32" autocomplete="off"></div></div></details>
<p class="actions wide-field"><button class="primary">Search</button></p></form>`;
}

async function found({ system, now }: Visit, values: Values): Promise<Html> {
  const { since, ...rest } = values;
  const asked = Object.entries({ ...rest, limit: String(LINES) }).filter(([, value]) => value !== '');
  const told = await system.logs({ query: Object.fromEntries(asked), sinceMs: sinceMsOf(since, now()) });
  const lines = [...told.items].reverse();
  return html`<div id="missing" data-live>${missingProcesses(told)}</div>
<section aria-labelledby="lines-title"><h2 id="lines-title">Newest first</h2>
<div id="lines" data-live><p class="soft">${lines.length === LINES ? `The newest ${LINES} that fit: say more to see others.` : `${several(lines.length, 'line')} of ${several(told.processes, 'process', 'processes')}. Each keeps about its last 10,000.`}</p>
${lines.length === 0 ? html`<p>Nothing was logged that fits. A lower level or a longer time may find more.</p>` : html`<ol class="lines">${lines.map(lineItem)}</ol>`}</div></section>`;
}

const SHAPES: Readonly<Record<string, Shape>> = {
  warn: 'parked',
  error: 'failed',
  fatal: 'failed',
  info: 'alive',
};

function lineItem({ time, level, service, message, traceId, workflowId, fields }: LogLine): Html {
  const others = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return html`<li><p class="line-head"><time datetime="${time}">${time.slice(0, 10)} ${time.slice(11, 23)}</time> ${state(SHAPES[level] ?? 'gone', level)} <b>${foreign(service)}</b></p>
<p class="line-text">${foreign(message)}</p>
${
  workflowId === null && traceId === null && others.length === 0
    ? null
    : html`<p class="line-fields soft">${workflowId === null ? null : html`<span>workflow <a href="${jobPath(workflowId)}">${foreign(workflowId)}</a></span>`} ${traceId === null ? null : html`<span>trace <a href="${PATH}?trace=${encodeURIComponent(traceId)}&amp;level=trace&amp;since=">${traceId}</a></span>`} ${others.map(([name, value]) => html`<span>${name} <code>${foreign(shortly(value))}</code></span> `)}</p>`
}</li>`;
}

/** Of a stack or another long value the beginning is told; the whole is in the log itself. */
function shortly(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= 500 ? text : `${text.slice(0, 500)}…`;
}
