// Who of the billing lab is alive, by discovery.
import type { Instance } from '../../../platform/discovery/index.ts';
import { several } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { DashboardOptions } from '../page.ts';
import { notice } from './notice.ts';
import { type Shape, state } from './states.ts';
import { type Starting, toStart } from './to-start.ts';

const NEEDED = [
  { service: 'coordinator', name: 'Coordinator' },
  { service: 'engine', name: 'Engine' },
  { service: 'crm', name: 'CRM' },
] as const;

interface Standing {
  readonly service: string;
  readonly name: string;
  readonly shape: Shape;
  readonly word: string;
}

/** What of the billing lab runs. Null while this coordinator does not know who is alive. */
export function standings({ discovery }: Pick<DashboardOptions, 'discovery'>): readonly Standing[] | null {
  const all = discovery.all();
  if (all.length === 0 && discovery.readiness() !== 'running') return null;
  return NEEDED.map(({ service, name }) => {
    const instances = all.filter((instance) => instance.service === service);
    return { service, name, ...standingOf(instances) };
  });
}

function standingOf(instances: readonly Instance[]): Pick<Standing, 'shape' | 'word'> {
  const ready = instances.filter(({ health }) => health === 'ready').length;
  if (instances.length === 0) return { shape: 'gone', word: 'none running' };
  if (ready === 0) return { shape: 'starting', word: 'starting' };
  return { shape: 'alive', word: ready === 1 ? 'running' : `${ready} running` };
}

/** The strip of all of them, one line. */
export function serviceStrip(standing: readonly Standing[] | null): Html {
  if (standing === null) return html`<p class="services soft">Looking for services …</p>`;
  return html`<ul class="services" aria-label="Services">${standing.map(
    ({ name, shape, word }) => html`<li><b>${name}</b> ${state(shape, word)}</li>`,
  )}</ul>`;
}

/** What to start, where something is missing that bills need; `open` bills wait for it. */
export function missingServices(
  standing: readonly Standing[] | null,
  open: number,
  starting: Starting,
): Html | null {
  const missing = (standing ?? []).filter(({ shape }) => shape === 'gone').map(({ service }) => service);
  const wait = open === 0 ? '' : `: ${several(open, 'bill waits', 'bills wait')}`;
  if (missing.includes('engine')) {
    const both = missing.includes('crm');
    return notice(
      'attention',
      html`<p><b>No billing engine is running${wait}.</b> Nothing is lost; bills go on once there is one. ${both ? 'The CRM, which it asks for each customer, is not running either. Start both with' : 'Start one with'}</p>
${toStart(both ? ['engine', 'crm'] : ['engine'], starting)}`,
    );
  }
  if (missing.includes('crm'))
    return notice(
      'attention',
      html`<p><b>No CRM is running${wait}.</b> The engine asks it for each customer, and goes on once it answers. Start one with</p>
${toStart(['crm'], starting)}`,
    );
  return null;
}
