// Every process that is alive, what runs in it, and which partitions it has.
import { access } from '../../../../platform/auth/index.ts';
import type { Instance } from '../../../../platform/discovery/index.ts';
import type { ToldMember } from '../../../../platform/operations/index.ts';
import { serviceOfGroup } from '../../../system/wiring.ts';
import { missingProcesses } from '../../components/missing.ts';
import { state } from '../../components/states.ts';
import { subnav } from '../../components/subnav.ts';
import { ago, moment, several } from '../../format.ts';
import { foreign, type Html, html } from '../../html.ts';
import type { Page, Visit } from '../../page.ts';
import { groupPath } from './groups.ts';
import { ranges } from './ranges.ts';

const PATH = '/ui/system/instances';
const EVERY_MS = 3_000;

export const instancesPage: Page = {
  path: PATH,
  access: access('operator'),
  show: async (visit) => ({
    title: 'Instances',
    isSystem: true,
    live: { everyMs: EVERY_MS },
    main: await shown(visit),
  }),
};

async function shown(visit: Visit): Promise<Html> {
  const { system } = visit;
  const instances = system.instances();
  const told = await system.members();
  const processes = processesOf(instances ?? []);
  return html`${subnav(PATH)}
<h1>Instances</h1>
<p class="soft" id="count" data-live>${
    instances === null
      ? 'Looking for services …'
      : `${several(instances.length, 'instance')} in ${several(processes.length, 'process', 'processes')}. One that dies is missed after about five seconds.`
  }</p>
<div id="missing" data-live>${instances === null ? null : missingProcesses(told)}</div>
<div id="processes" data-live>${processes.map((each) => processCard(each, told.items, visit.now()))}</div>`;
}

interface Process {
  /** Where it tells of itself; null for one that does so nowhere. */
  readonly url: string | null;
  readonly instances: readonly Instance[];
}

/** Instances that tell of themselves at one place are of one process; one that does not stands alone. */
function processesOf(instances: readonly Instance[]): readonly Process[] {
  const together = new Map<string, Instance[]>();
  for (const instance of instances) {
    const key = instance.operationsUrl ?? `${instance.service} ${instance.instanceId}`;
    together.set(key, [...(together.get(key) ?? []), instance]);
  }
  return [...together.values()].map((each) => ({ url: each[0]?.operationsUrl ?? null, instances: each }));
}

function processCard({ url, instances }: Process, members: readonly ToldMember[], nowMs: number): Html {
  const own = members.filter(({ process }) => process === url);
  const versions = [...new Set(instances.map(({ version }) => version))].join(', ');
  const pids = [...new Set(instances.flatMap(({ pid }) => pid ?? []))].join(', ');
  const name = url === null ? 'A process' : new URL(url).host;
  return html`<section class="process"><div class="process-head"><h2>${name}</h2>
<p class="soft">version ${foreign(versions)}${pids === '' ? null : html`, pid ${pids}`}${url === null ? null : html` <a href="${url}/health/ready">Health</a> <a href="${url}/metrics">Metrics</a>`}</p></div>
<div class="scroll"><table class="instances stacked"><caption class="unseen">What runs in ${name}</caption>
<thead><tr><th scope="col">Service</th><th scope="col">State</th><th scope="col">Since</th><th scope="col">Address</th><th scope="col">Groups and partitions</th></tr></thead>
<tbody>${instances.map((each) => instanceRow(each, own, nowMs))}</tbody></table></div>
${strays(instances, own)}</section>`;
}

function instanceRow(instance: Instance, members: readonly ToldMember[], nowMs: number): Html {
  const { service, instanceId, health, startedAt, url } = instance;
  const isReady = health === 'ready';
  const own = members.filter(({ group }) => serviceOfGroup(group) === service);
  return html`<tr id="${service}-${instanceId}"><th scope="row">${foreign(service)} <small class="soft id">${foreign(shortId(instanceId))}</small></th>
<td data-label="State">${state(isReady ? 'alive' : 'starting', isReady ? 'running' : 'starting')}${isReady ? null : html` <small class="soft">${foreign(health)}</small>`}</td>
<td data-label="Since"><time datetime="${startedAt}" title="${moment(startedAt)}">${ago(startedAt, nowMs)}</time></td>
<td data-label="Address">${url === null ? html`<span class="soft">none</span>` : html`<a href="${url}">${new URL(url).host}</a>`}</td>
<td data-label="Groups">${own.length === 0 ? html`<span class="soft">–</span>` : html`<ul class="owns">${own.map(owned)}</ul>`}</td></tr>`;
}

function owned({ group, partitions, state: said }: ToldMember): Html {
  const has =
    partitions.length === 0
      ? 'no partitions'
      : partitions.length === 1
        ? `partition ${ranges(partitions)}`
        : `partitions ${ranges(partitions)}`;
  return html`<li><a href="${groupPath(group)}">${foreign(group)}</a> <span class="soft">${has}${said === 'running' ? null : html`, ${foreign(said)}`}</span></li>`;
}

/** Groups of a host of somebody's own, which no service of the catalogue has. */
function strays(instances: readonly Instance[], members: readonly ToldMember[]): Html | null {
  const services = instances.map(({ service }) => service);
  const others = members.filter(({ group }) => !services.includes(serviceOfGroup(group) ?? ''));
  if (others.length === 0) return null;
  return html`<p class="soft">Also a member of</p><ul class="owns">${others.map(owned)}</ul>`;
}

/** What tells one from another, where it is long. */
const shortId = (id: string): string => (id.length <= 24 ? id : `${id.slice(0, 8)}…`);
