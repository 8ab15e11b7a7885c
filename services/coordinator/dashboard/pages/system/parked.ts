// Jobs that can't go on by themselves: why, and what can be done, with one or with all of a reason.
import { access } from '../../../../platform/auth/index.ts';
import { concurrently } from '../../../../platform/host/concurrently.ts';
import { HttpProblem } from '../../../../platform/http/index.ts';
import { JOBS_COUNTED, type JobFilter, type JobReason, type ListedJob } from '../../../system/index.ts';
import { notice } from '../../components/notice.ts';
import { subnav } from '../../components/subnav.ts';
import { ago, count, moment, several } from '../../format.ts';
import { foreign, type Html, html } from '../../html.ts';
import { type Action, asComplaint, field, type Page, type Shown, seeOther, type Visit } from '../../page.ts';
import { jobPath, runPath } from '../../paths.ts';

const PATH = '/ui/system/parked';
const PAGE = 50;
/** One form takes at most so many jobs, and so many commands are under way at once. */
const JOBS_MAX = 1_000;
const AT_ONCE = 50;
const EVERY_MS = 3_000;
const VERBS = ['retry', 'cancel'] as const;
type Verb = (typeof VERBS)[number];

export const parkedPage: Page = {
  path: PATH,
  access: access('bill-reader', 'run-starter', 'operator'),
  query: ['type', 'code', 'after', 'retried', 'cancelled', 'refused'],
  show: (visit) => shown(visit, filterOf(visit.query.type, visit.query.code), null),
};

/** A form names one job, or a type and a code: then it is for all of these. */
export const parkedCommands: readonly Action[] = VERBS.map((verb) => ({
  path: `${PATH}/${verb}`,
  access: access('run-starter'),
  act: async (visit, form) => {
    const filter = filterOf(field(form, 'type'), rawField(form, 'code'));
    const job = rawField(form, 'job');
    try {
      if (job === undefined && filter === null)
        throw new HttpProblem({
          status: 400,
          code: 'invalid-request',
          detail: 'The form names no job and no reason.',
        });
      const ids = job === undefined ? parkedIds(visit, filter) : [job];
      const outcomes = await concurrently(ids, AT_ONCE, (id) => send(visit, id, verb, job !== undefined));
      const done = outcomes.filter((each) => each).length;
      const told = {
        [verb === 'retry' ? 'retried' : 'cancelled']: String(done),
        refused: String(ids.length - done),
      };
      return seeOther(listPath(job === undefined ? null : filter, told));
    } catch (error) {
      const { detail, status } = asComplaint(error);
      return { ...(await shown(visit, filter, detail)), status };
    }
  },
}));

/** As it was sent: an id or a code may begin or end with white space. */
function rawField(form: Parameters<typeof field>[0], name: string): string | undefined {
  const value = form.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** Whether the command was taken. One of many that has gone on meanwhile refuses it, and the others are not kept from theirs. */
async function send(visit: Visit, workflowId: string, verb: Verb, isAlone: boolean): Promise<boolean> {
  try {
    await visit.api.post(`/jobs/${encodeURIComponent(workflowId)}/${verb}`);
    return true;
  } catch (error) {
    if (isAlone || !(error instanceof HttpProblem) || error.status !== 409) throw error;
    return false;
  }
}

function parkedIds({ system }: Visit, filter: JobFilter | null): readonly string[] {
  return system.parked('parked', '', JOBS_MAX, filter).map(({ workflowId }) => workflowId);
}

const filterOf = (workflowType: string | undefined, code: string | undefined): JobFilter | null =>
  workflowType === undefined || workflowType === '' ? null : { workflowType, code: code ?? '' };

function listPath(filter: JobFilter | null, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({
    ...(filter === null ? {} : { type: filter.workflowType, code: filter.code }),
    ...more,
  });
  return query.size === 0 ? PATH : `${PATH}?${query}`;
}

async function shown(visit: Visit, filter: JobFilter | null, complaint: string | null): Promise<Shown> {
  const { system, query } = visit;
  // what is listed is what the view has; the REST interface is asked so that it is told when that is too old
  await visit.api.get('/jobs?status=parked&limit=1');
  const jobs = system.parked('parked', query.after ?? '', PAGE, filter);
  const reasons = system.parkedReasons();
  const total = reasons.reduce((sum, each) => sum + each.count, 0);
  return {
    title: 'Parked jobs',
    isSystem: true,
    ...(complaint === null ? { live: { everyMs: EVERY_MS } } : {}),
    main: html`${subnav(PATH)}
<h1>Parked jobs</h1>
<p class="soft">Jobs that met an error that is not theirs to handle. Mend the reason, then retry them: each goes on where it stopped.</p>
${complaint === null ? outcome(query) : notice('attention', html`<p>${foreign(complaint)}</p>`)}
<div id="reasons" data-live>${reasons.length === 0 ? html`<p class="lead">None is parked.</p>` : reasonTable(reasons)}${total < JOBS_COUNTED ? null : html`<p class="soft">There are more than ${count(JOBS_COUNTED)}; so many were counted.</p>`}</div>
<div id="jobs" data-live>${jobs.length === 0 ? null : jobSection(jobs, filter, query.after, visit.now())}</div>`,
  };
}

function outcome({ retried, cancelled, refused }: Visit['query']): Html | null {
  const [retry, cancel, kept] = [retried, cancelled, refused].map((text) =>
    /^\d{1,4}$/.test(text ?? '') ? Number(text) : 0,
  );
  const said = [
    retried !== undefined && `${several(retry ?? 0, 'job was', 'jobs were')} told to go on.`,
    cancelled !== undefined && `${several(cancel ?? 0, 'job was', 'jobs were')} told to end.`,
  ].filter((each) => each !== false);
  if (said.length === 0) return null;
  return notice(
    'good',
    html`<p><b>${said.join(' ')}</b> What comes of it shows here once an engine has taken the command.${kept ? ` ${several(kept, 'job was', 'jobs were')} not parked any more.` : null}</p>`,
  );
}

function reasonTable(reasons: readonly JobReason[]): Html {
  return html`<h2>By reason</h2><ul class="reasons">${reasons.map(reasonItem)}</ul>`;
}

function reasonItem(reason: JobReason): Html {
  const { workflowType, code, count: number, message } = reason;
  const now = Math.min(number, JOBS_MAX);
  const of = now < number ? `the first ${count(now)}` : number === 1 ? 'it' : `all ${count(number)}`;
  const name = code === '' ? 'no reason given' : code;
  return html`<li id="reason-${keyOf(reason)}" class="card"><div><h3><a href="${listPath(reason)}">${foreign(name)}</a></h3>
<p><b>${several(number, 'job')}</b> <span class="soft">of ${foreign(workflowType)}</span></p>
<p class="soft why">${foreign(message.length > 300 ? `${message.slice(0, 300)}…` : message)}</p></div>
<div class="controls">${commandForm('retry', `Retry ${of}`, reasonFields(reason), 'primary')}
<details class="confirm" id="cancel-${keyOf(reason)}"><summary>Cancel ${of} …</summary><p>A cancelled job can’t be resumed.</p>${commandForm('cancel', `Cancel ${several(now, 'job')}`, reasonFields(reason), 'danger')}</details></div></li>`;
}

/** Names a reason within the page. */
const keyOf = ({ workflowType, code }: JobFilter): string => encodeURIComponent(`${workflowType} ${code}`);

const reasonFields = ({ workflowType, code }: JobFilter): Html =>
  html`<input type="hidden" name="type" value="${workflowType}"><input type="hidden" name="code" value="${code}">`;

function commandForm(verb: Verb, word: string, fields: Html, kind: string, label?: string): Html {
  return html`<form method="post" action="${PATH}/${verb}">${fields}<button class="${kind}"${label === undefined ? null : html` aria-label="${label}"`}>${word}</button></form>`;
}

function jobSection(
  jobs: readonly ListedJob[],
  filter: JobFilter | null,
  after: string | undefined,
  nowMs: number,
): Html {
  const last = jobs.length === PAGE ? jobs.at(-1) : undefined;
  return html`<section aria-labelledby="jobs-title"><h2 id="jobs-title">${filter === null ? 'Each of them' : html`<code>${foreign(filter.code)}</code> <small class="soft">${foreign(filter.workflowType)}</small>`}</h2>
${filter === null ? null : html`<p><a href="${PATH}">All reasons</a></p>`}
<div class="scroll"><table class="stacked"><caption class="unseen">Parked jobs</caption>
<thead><tr><th scope="col">Job</th><th scope="col">Since</th><th scope="col">Why</th><th scope="col">Do</th></tr></thead>
<tbody>${jobs.map((job) => jobRow(job, filter, nowMs))}</tbody></table></div>
${after === undefined && last === undefined ? null : html`<nav class="pager" aria-label="Pages of jobs">${after === undefined ? null : html`<a href="${listPath(filter)}">First</a>`}${last === undefined ? null : html`<a href="${listPath(filter, { after: last.workflowId })}">Next</a>`}</nav>`}</section>`;
}

function jobRow(
  { workflowId, workflowType, since, problem, runId }: ListedJob,
  filter: JobFilter | null,
  nowMs: number,
): Html {
  const fields = html`<input type="hidden" name="job" value="${workflowId}">${filter === null ? null : reasonFields(filter)}`;
  const message = problem?.message ?? '';
  return html`<tr id="job-${encodeURIComponent(workflowId)}"><th scope="row"><a href="${jobPath(workflowId)}">${foreign(workflowId)}</a> <small class="soft">${foreign(workflowType)}${runId === null ? null : html`, <a href="${runPath(runId)}">its run</a>`}</small></th>
<td data-label="Since"><time datetime="${since}" title="${moment(since)}">${ago(since, nowMs)}</time></td>
<td data-label="Why"><b>${foreign(problem?.code ?? 'no reason given')}</b> <span class="soft why">${foreign(message.length > 200 ? `${message.slice(0, 200)}…` : message)}</span></td>
<td><div class="row-forms">${commandForm('retry', 'Retry', fields, '', `Retry ${workflowId}`)}<details class="confirm"><summary aria-label="Cancel ${workflowId} …">Cancel …</summary>${commandForm('cancel', 'Cancel for good', fields, 'danger', `Cancel ${workflowId} for good`)}</details></div></td></tr>`;
}
