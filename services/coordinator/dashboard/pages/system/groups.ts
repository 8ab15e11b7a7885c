// The consumer groups: who is a member, and how far each is.
import { access } from '../../../../platform/auth/index.ts';
import { HttpProblem } from '../../../../platform/http/index.ts';
import type { Told, ToldMember } from '../../../../platform/operations/index.ts';
import type { ReadGroup, ReadTopic, StandingOfLog } from '../../../system/log-standings.ts';
import { isOnce, serviceOfGroup } from '../../../system/wiring.ts';
import { missingProcesses } from '../../components/missing.ts';
import { notice } from '../../components/notice.ts';
import { state } from '../../components/states.ts';
import { subnav } from '../../components/subnav.ts';
import { count, several } from '../../format.ts';
import { foreign, type Html, html } from '../../html.ts';
import type { Page, Visit } from '../../page.ts';
import { ranges } from './ranges.ts';

const PATH = '/ui/system/groups';
const EVERY_MS = 2_000;

export const groupPath = (group: string): string => `${PATH}/${encodeURIComponent(group)}`;

export const groupsPage: Page = {
  path: PATH,
  access: access('operator'),
  show: async (visit) => ({
    title: 'Consumer groups',
    isSystem: true,
    live: { everyMs: EVERY_MS },
    main: await list(visit),
  }),
};

export const groupPage: Page = {
  path: `${PATH}/:group`,
  access: access('operator'),
  show: async (visit) => {
    const { group = '' } = visit.params;
    return {
      title: `Group ${group}`,
      isSystem: true,
      live: { everyMs: EVERY_MS },
      main: await one(visit, group),
    };
  },
};

/** A group as its members and the log tell of it. */
interface Standing {
  readonly group: string;
  readonly members: readonly ToldMember[];
  /** Null where the log did not tell, or has nothing of it. */
  readonly read: ReadGroup | null;
}

interface Known {
  readonly told: Told<ToldMember>;
  readonly log: StandingOfLog;
  readonly groups: readonly Standing[];
}

async function known({ system }: Visit): Promise<Known> {
  const [told, log] = await Promise.all([system.members(), system.log()]);
  const reads = new Map((log.ok ? log.groups : []).map((each) => [each.group, each]));
  const names = [...new Set([...reads.keys(), ...told.items.map(({ group }) => group)])].sort();
  const groups = names.map((group) => ({
    group,
    members: told.items.filter((each) => each.group === group),
    read: reads.get(group) ?? null,
  }));
  return { told, log, groups };
}

/** What keeps the page from telling all. */
function gaps({ told, log }: Known): Html {
  return html`${missingProcesses(told)}${
    log.ok
      ? null
      : notice(
          'attention',
          html`<p><b>The log does not tell how far groups are,</b> so only their members are shown.</p><p>${foreign(log.problem)}</p>`,
        )
  }`;
}

async function list(visit: Visit): Promise<Html> {
  const all = await known(visit);
  const lag = all.groups.reduce((sum, each) => sum + (lagOf(each) ?? 0), 0);
  return html`${subnav(PATH)}
<h1>Consumer groups</h1>
<p class="soft" id="count" data-live>${several(all.groups.length, 'group')}, ${several(lag, 'record')} not read yet in all of them.</p>
<div id="gaps" data-live>${gaps(all)}</div>
<div id="groups" data-live>${
    all.groups.length === 0
      ? html`<p>There is none yet: a group is there once one of its members has joined.</p>`
      : html`<div class="scroll"><table><caption class="unseen">Consumer groups</caption>
<thead><tr><th scope="col">Group</th><th scope="col" class="number">Lag</th><th scope="col">State</th><th scope="col" class="number">Members</th><th scope="col">Service</th></tr></thead>
<tbody>${all.groups.map(groupRow)}</tbody></table></div>`
  }</div>`;
}

function lagOf({ read }: Standing): number | null {
  return read === null || isOnce(read.group) ? null : read.topics.reduce((sum, { lag }) => sum + lag, 0);
}

function groupRow(standing: Standing): Html {
  const { group, members } = standing;
  const lag = lagOf(standing);
  return html`<tr id="group-${group}"><th scope="row"><a href="${groupPath(group)}">${foreign(group)}</a></th>
<td class="number">${lag === null ? html`<span class="soft">${isOnce(group) ? '–' : 'not known'}</span>` : count(lag)}</td>
<td>${groupState(group, members)}</td><td class="number">${members.length}</td>
<td>${serviceOfGroup(group) ?? html`<span class="soft">not one of ours</span>`}</td></tr>`;
}

function groupState(group: string, members: readonly ToldMember[]): Html {
  if (members.length === 0 && isOnce(group)) return state('ended', 'has done its work');
  if (members.length === 0) return state('gone', 'nobody reads');
  const troubled = members.find(({ state: said }) => said !== 'running');
  return troubled === undefined
    ? state('alive', 'running')
    : html`${state('starting', 'waits')} <small class="soft">${foreign(troubled.state)}</small>`;
}

async function one(visit: Visit, group: string): Promise<Html> {
  const all = await known(visit);
  const found = all.groups.find((each) => each.group === group);
  if (found === undefined) {
    const detail = `No group of the name ${group} is known: it may not have joined yet, or have another name.`;
    throw new HttpProblem({ status: 404, code: 'no-such-group', detail });
  }
  const { members, read } = found;
  const service = serviceOfGroup(group);
  return html`${subnav(PATH)}
<p class="crumb"><a href="${PATH}">Consumer groups</a></p>
<div class="title" id="title" data-live><h1>${foreign(group)}</h1>${groupState(group, members)}</div>
<p class="facts soft" id="facts" data-live>${service === null ? null : html`<span>Of ${service}</span>`}<span>${several(members.length, 'member')}</span>${read === null || isOnce(group) ? null : html`<span>${several(lagOf(found) ?? 0, 'record')} not read yet</span>`}</p>
<div id="gaps" data-live>${gaps(all)}</div>
<section aria-labelledby="members-title"><h2 id="members-title">Members</h2><div id="members" data-live>${memberTable(members)}</div></section>
<section aria-labelledby="positions-title"><h2 id="positions-title">Positions</h2><div id="positions" data-live>${
    read === null || read.topics.length === 0
      ? html`<p class="soft">It has committed nothing on a topic of ours.</p>`
      : read.topics.map((topic) => positions(topic, members))
  }</div></section>`;
}

function memberTable(members: readonly ToldMember[]): Html {
  if (members.length === 0)
    return html`<p>None is alive. What comes meanwhile stays on its topics, and the next member goes on where the last one ended.</p>`;
  return html`<div class="scroll"><table><caption class="unseen">Members</caption>
<thead><tr><th scope="col">Process</th><th scope="col">State</th><th scope="col">Partitions</th></tr></thead>
<tbody>${members.map(
    ({ process, state: said, partitions }) =>
      html`<tr><th scope="row">${new URL(process).host}</th><td>${said === 'running' ? state('alive', 'running') : html`${state('starting', 'waits')} <small class="soft">${foreign(said)}</small>`}</td><td>${partitions.length === 0 ? 'none' : ranges(partitions)}</td></tr>`,
  )}</tbody></table></div>`;
}

function positions({ topic, lag, partitions }: ReadTopic, members: readonly ToldMember[]): Html {
  const ownerOf = (partition: number): Html => {
    const owners = members.filter(
      (each) => each.topics.includes(topic) && each.partitions.includes(partition),
    );
    return owners.length === 0
      ? html`<span class="soft">nobody</span>`
      : html`${owners.map(({ process }) => new URL(process).host).join(', ')}`;
  };
  return html`<section class="positions"><h3><code>${topic}</code> <span class="soft">lag ${count(lag)}</span></h3>
<div class="scroll"><table><caption class="unseen">Partitions of ${topic}</caption>
<thead><tr><th scope="col">Partition</th><th scope="col" class="number">Lag</th><th scope="col" class="number">Reads next</th><th scope="col" class="number">End</th><th scope="col">Owner</th></tr></thead>
<tbody>${partitions.map(
    ({ partition, next, end }) =>
      html`<tr><th scope="row">${partition}</th><td class="number">${count(end - next)}</td><td class="number">${count(next)}</td><td class="number">${count(end)}</td><td>${ownerOf(partition)}</td></tr>`,
  )}</tbody></table></div></section>`;
}
