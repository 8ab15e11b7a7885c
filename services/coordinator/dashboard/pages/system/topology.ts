// Who runs, and what goes between them.
import { eventRules } from '../../../../../core/mod.ts';
import { access } from '../../../../platform/auth/index.ts';
import type { Instance } from '../../../../platform/discovery/index.ts';
import {
  type Channel,
  channelsOf,
  eventChannels,
  knownServices,
  topicChannels,
} from '../../../system/wiring.ts';
import { type FlowNode, flow } from '../../components/flow.ts';
import type { Shape } from '../../components/states.ts';
import { state } from '../../components/states.ts';
import { subnav } from '../../components/subnav.ts';
import { several } from '../../format.ts';
import { type Html, html } from '../../html.ts';
import type { Page, Visit } from '../../page.ts';

const PATH = '/ui/system';
const EVERY_MS = 3_000;
/** Drawn also where none of them runs. */
const ALWAYS: readonly string[] = ['coordinator', 'engine', 'crm'];

export const topologyPage: Page = {
  path: PATH,
  access: access('operator'),
  query: ['show'],
  show: async (visit) => ({
    title: 'Topology',
    isSystem: true,
    live: { everyMs: EVERY_MS },
    main: shown(visit),
  }),
};

function shown({ system, query }: Visit): Html {
  const instances = system.instances();
  const isAll = query.show === 'all';
  const alive = new Set((instances ?? []).map(({ service }) => service));
  const services = knownServices.filter((name) => isAll || alive.has(name) || ALWAYS.includes(name));
  const nodes = services.map((name) => nodeOf(name, instances ?? []));
  const channels = channelsOf(services, topicChannels(system.eventBus));
  const events = channelsOf(services, eventChannels(eventRules));
  const dancers = nodes.filter(({ name }) =>
    events.some(({ senders, receivers }) => senders.includes(name) || receivers.includes(name)),
  );
  return html`${subnav(PATH)}
<div class="title"><h1>Topology</h1>
<p class="choice-of"><span id="topology-count" data-live>${runningText(instances)}</span> ${filter(isAll)}</p></div>
<section aria-labelledby="topics-title"><h2 id="topics-title">Topics between services</h2>
<p class="soft">A broken line belongs to a service of which none runs. Left out are <code>dead-letters</code>, which every group may write, and what every process says of itself.</p>
<p class="soft small narrow">The drawing goes on to the right; the table below it says the same.</p>
<div id="topics-flow" data-live>${flow(nodes, channels, 'Topic', 'Topics between services')}</div>
<details class="as-text"><summary>As a table</summary><div id="topics-table" data-live>${table(channels, nodes, 'Topic', 'Who sends and receives each topic')}</div></details></section>
${
  dancers.length < 2
    ? null
    : html`<section aria-labelledby="events-title"><h2 id="events-title">Who reacts to which event</h2>
<p class="soft">The rules of the choreography, as this version has them; events travel on the topic <code>${system.eventBus}</code>.</p>
<p class="soft small narrow">The drawing goes on to the right; the table below it says the same.</p>
<div id="events-flow" data-live>${flow(dancers, events, 'Event', 'Events and who reacts to them')}</div>
<details class="as-text"><summary>As a table</summary><div id="events-table" data-live>${table(events, dancers, 'Event', 'Who sends each event, and who reacts to it')}</div></details></section>`
}`;
}

function nodeOf(name: string, instances: readonly Instance[]): FlowNode {
  const own = instances.filter(({ service }) => service === name);
  const shape: Shape =
    own.length === 0 ? 'gone' : own.some(({ health }) => health === 'ready') ? 'alive' : 'starting';
  return { name, shape, count: own.length };
}

function runningText(instances: readonly Instance[] | null): string {
  if (instances === null) return 'Looking for services …';
  const processes = new Set(instances.map(({ operationsUrl }) => operationsUrl));
  return `${several(instances.length, 'instance')} in ${several(processes.size, 'process', 'processes')}`;
}

function filter(isAll: boolean): Html {
  return isAll
    ? html`<a href="${PATH}">Only what runs</a>`
    : html`<a href="${PATH}?show=all">Every service there is</a>`;
}

const WORDS: Readonly<Partial<Record<Shape, string>>> = {
  alive: 'running',
  starting: 'starting',
  gone: 'none running',
};

function table(
  channels: readonly Channel[],
  nodes: readonly FlowNode[],
  head: string,
  caption: string,
): Html {
  const named = (names: readonly string[]): Html =>
    names.length === 0
      ? html`<span class="soft">–</span>`
      : html`<ul class="names">${names.map((name) => {
          const node = nodes.find((each) => each.name === name);
          const shape = node?.shape ?? 'gone';
          const times = node !== undefined && node.count > 1 ? ` ×${node.count}` : '';
          return html`<li title="${WORDS[shape] ?? shape}">${state(shape, name + times)}<span class="unseen">, ${WORDS[shape] ?? shape}</span></li>`;
        })}</ul>`;
  return html`<div class="scroll"><table><caption class="unseen">${caption}</caption>
<thead><tr><th scope="col">${head}</th><th scope="col">From</th><th scope="col">To</th></tr></thead>
<tbody>${channels.map(
    ({ name, senders, receivers }) =>
      html`<tr><th scope="row"><code>${name}</code></th><td>${named(senders)}</td><td>${named(receivers)}</td></tr>`,
  )}</tbody></table></div>`;
}
