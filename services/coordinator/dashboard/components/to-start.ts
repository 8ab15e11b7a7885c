import { type Html, html } from '../html.ts';
import type { DashboardOptions } from '../page.ts';
import { command } from './notice.ts';

export type Starting = Pick<DashboardOptions, 'starting'>;

/** What starts services that are missing, so that they come to this log; and why one that runs may not be seen. */
export function toStart(services: readonly string[], { starting }: Starting): Html {
  const { placedBy, isWhole } = starting;
  return html`${command(starting.of(services))}
<p class="soft small">One that runs with another <code>${placedBy}</code> is not seen here.${isWhole ? null : ' It takes the settings that this coordinator has; not all are shown.'}</p>`;
}
