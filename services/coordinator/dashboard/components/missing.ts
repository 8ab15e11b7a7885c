import type { Told } from '../../../platform/operations/index.ts';
import { several } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import { notice } from './notice.ts';

/** Which processes did not tell, so that somebody does not take what is shown for all that there is. */
export function missingProcesses({ processes, missing }: Told<unknown>): Html | null {
  if (missing.length > 0)
    return notice(
      'attention',
      html`<p><b>${several(missing.length, 'process', 'processes')} did not answer,</b> so what is below is not all:</p>
<ul>${missing.map(({ url, reason }) => html`<li><code>${url}</code> ${foreign(reason)}</li>`)}</ul>`,
    );
  if (processes === 0)
    return notice(
      'plain',
      html`<p>No process tells of itself yet. Each does a second or two after its start; if it stays so, the registry of instances can’t be read.</p>`,
    );
  return null;
}
