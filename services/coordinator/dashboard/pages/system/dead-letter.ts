// One dead letter whole, and a button to put it back.
import { access } from '../../../../platform/auth/index.ts';
import { notice } from '../../components/notice.ts';
import { subnav } from '../../components/subnav.ts';
import { moment } from '../../format.ts';
import { foreign, type Html, html } from '../../html.ts';
import { type Action, asComplaint, type Page, type Shown, seeOther, type Visit } from '../../page.ts';
import type { LetterReply } from '../../replies.ts';
import { letterPath } from './dead-letters.ts';
import { hexDump } from './hex-dump.ts';

const PATH = '/ui/system/dead-letters';
/** So much of a payload is shown, in characters or bytes; the whole is a link away. */
const SHOWN_MAX = 64 * 1024;

export const deadLetterPage: Page = {
  path: `${PATH}/:partition/:offset`,
  access: access('dead-letter-admin'),
  query: ['done'],
  show: (visit) => shown(visit, null),
};

export const replayLetter: Action = {
  path: `${PATH}/:partition/:offset/replay`,
  access: access('dead-letter-admin'),
  act: async (visit) => {
    const path = restPath(visit);
    try {
      await visit.api.post(`${path}/replay`);
      const { partition = '', offset = '' } = visit.params;
      return seeOther(`${letterPath(Number(partition), Number(offset))}?done=1`);
    } catch (error) {
      const complaint = asComplaint(error);
      if (complaint.status === 404) throw error;
      return { ...(await shown(visit, complaint.detail)), status: complaint.status };
    }
  },
};

function restPath({ params }: Visit): string {
  const { partition = '', offset = '' } = params;
  return `/dead-letters/${encodeURIComponent(partition)}/${encodeURIComponent(offset)}`;
}

async function shown(visit: Visit, complaint: string | null): Promise<Shown> {
  const path = restPath(visit);
  const letter = await visit.api.get<LetterReply>(path);
  const { partition, offset, time, reason, detail } = letter;
  return {
    title: `Dead letter ${partition}/${offset}`,
    isSystem: true,
    main: html`${subnav(PATH)}
<p class="crumb"><a href="${PATH}">Dead letters</a></p>
<div class="title"><h1>Dead letter ${partition}/${offset}</h1>${replayForm(letter)}</div>
${visit.query.done === undefined ? null : notice('good', html`<p><b>It was put back.</b> What comes of it shows where it belongs; refused again, it comes back as another letter.</p>`)}
${complaint === null ? null : notice('attention', html`<p><b>It could not be put back.</b> ${foreign(complaint)}</p>`)}
<p class="lead"><b>${foreign(reason)}</b> ${foreign(detail)}</p>
<dl class="pairs"><div><dt>Refused</dt><dd><time datetime="${time}">${moment(time)}</time></dd></div>
${origin(letter)}${replays(letter)}</dl>
<h2>Headers</h2>${headers(letter)}
<h2>Key</h2>${payload(letter.key, path)}
<h2>Value</h2>${payload(letter.value, path)}
<p><a href="${path}">The letter as JSON</a></p>`,
  };
}

function origin({ origin: { topic, partition, offset } }: LetterReply): Html {
  if (topic === '') return html`<div><dt>Came from</dt><dd class="soft">the letter does not say</dd></div>`;
  return html`<div><dt>Came from</dt><dd><code>${foreign(topic)}</code>${partition === null ? null : html`, partition ${partition}, offset ${offset}`}</dd></div>`;
}

function replays({ replayOf, replayedAt }: LetterReply): Html {
  const [partition = '', offset = ''] = (replayOf ?? '').split('/');
  return html`${replayedAt === null ? null : html`<div><dt>Put back</dt><dd><time datetime="${replayedAt}">${moment(replayedAt)}</time></dd></div>`}
${replayOf === null ? null : html`<div><dt>Refused again</dt><dd>it was put back as <a href="${letterPath(Number(partition), Number(offset))}">${replayOf}</a></dd></div>`}`;
}

function replayForm({ partition, offset, replayedAt }: LetterReply): Html {
  const word = replayedAt === null ? 'Put it back' : 'Put it back again';
  return html`<form method="post" action="${letterPath(partition, offset)}/replay"><button class="${replayedAt === null ? 'primary' : ''}">${word}</button></form>`;
}

function headers({ headers: all }: LetterReply): Html {
  const entries = Object.entries(all);
  if (entries.length === 0) return html`<p class="soft">It has none.</p>`;
  return html`<div class="scroll"><table><caption class="unseen">Headers</caption><thead><tr><th scope="col">Name</th><th scope="col">Value</th></tr></thead>
<tbody>${entries.map(([name, value]) => html`<tr><th scope="row"><code>${foreign(name)}</code></th><td><code class="key">${foreign(value)}</code></td></tr>`)}</tbody></table></div>`;
}

function payload(bytes: LetterReply['value'], path: string): Html {
  if (bytes === null) return html`<p class="soft">There is none.</p>`;
  const isText = typeof bytes === 'string';
  const whole = isText
    ? pretty(bytes)
    : hexDump(Buffer.from(bytes.base64, 'base64').subarray(0, SHOWN_MAX / 8));
  const isCut = isText ? whole.length > SHOWN_MAX : Buffer.byteLength(bytes.base64, 'base64') > SHOWN_MAX / 8;
  return html`${isText ? null : html`<p class="soft">These bytes are no text (UTF-8).</p>`}
<pre class="payload" tabindex="0">${isText ? whole.slice(0, SHOWN_MAX) : whole}</pre>${isCut ? html`<p class="soft">This is its beginning: <a href="${path}">the letter as JSON</a> has all.</p>` : null}`;
}

/** JSON with line breaks; anything else as it is. Numbers that JavaScript can't hold would be others: then as it is, too. */
function pretty(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    const hasSameContent = JSON.stringify(value) === text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
    return hasSameContent ? JSON.stringify(value, null, 2) : text;
  } catch {
    return text; // no JSON, which may be why it is here
  }
}
