// Messages as they lie on the topics.
import { topics } from '../../../../core/mod.ts';
import { clock, moment, size } from '../format.ts';
import { foreign, type Html, html } from '../html.ts';
import type { MessagesReply } from '../replies.ts';
import { notice } from './notice.ts';

type Message = MessagesReply['messages'][number];

/** What a topic is for, in a few words. */
const MEANINGS: Readonly<Record<string, string>> = {
  'workflow-queue': 'What was asked for',
  'questions-topic': 'A question',
  'answers-topic': 'An answer',
  'workflow-events': 'What the engine decided',
  'workflow-commands': 'A command',
};

/** `open`: what is in the answers that the job still waits for, as JSON. One that is there was not taken yet. */
export function messageList({ messages, incomplete }: MessagesReply, open: readonly string[]): Html {
  return html`${incomplete.length === 0 ? null : notice('plain', html`<p>Not everything was found within a few seconds, on ${incomplete.map((topic, at) => html`${at === 0 ? '' : ', '}<code>${topic}</code>`)}: the log may no longer have it, or it lies far from the reports.</p>`)}
${messages.length === 0 ? html`<p class="soft">There are none yet.</p>` : html`<ol class="messages">${messages.map((message) => messageItem(message, meaningOf(message, open)))}</ol>`}`;
}

function meaningOf({ topic, value }: Message, open: readonly string[]): string | undefined {
  const isOpen = topic === topics.answers && open.some((each) => value?.includes(each));
  return isOpen ? 'An answer, not taken yet' : MEANINGS[topic];
}

function messageItem(message: Message, meaning: string | undefined): Html {
  const { topic, partition, offset, time, key, headers, bytes } = message;
  const told = [['key', key ?? 'none'] as const, ...Object.entries(headers)];
  return html`<li><details><summary><h3>${topic}</h3> <span>${meaning}</span> <span class="soft">partition ${partition}, offset ${offset}</span> <span class="soft"><time datetime="${time}" title="${moment(time)}">${clock(time)}</time></span> <span class="soft">${size(bytes)}</span></summary>
<dl class="headers">${told.map(([name, value]) => html`<div><dt>${foreign(name)}</dt><dd>${foreign(value)}</dd></div>`)}</dl>
${shownValue(message)}</details></li>`;
}

function shownValue({ value, base64, isLeftOut, topic, offset }: Message): Html {
  const label = `Value of ${topic} ${offset}`;
  if (isLeftOut === true) return html`<p class="soft">Too large to be shown together with the others.</p>`;
  if (base64 !== undefined)
    return html`<p>No text: its bytes, as base64.</p><pre class="paper" tabindex="0" role="region" aria-label="${label}">${base64}</pre>`;
  if (value === null || value === undefined) return html`<p class="soft">No value.</p>`;
  const pretty = prettyOf(value);
  if (pretty === null || pretty === value)
    return html`<pre class="paper" tabindex="0" role="region" aria-label="${label}">${value}</pre>`;
  return html`<pre class="paper" tabindex="0" role="region" aria-label="${label}">${pretty}</pre>
<details class="small"><summary>Byte for byte</summary><pre class="paper" tabindex="0" role="region" aria-label="${label}, byte for byte">${value}</pre></details>`;
}

/** JSON, set out; null for what is none. */
function prettyOf(value: string): string | null {
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return null; // it is shown as it is
  }
}
