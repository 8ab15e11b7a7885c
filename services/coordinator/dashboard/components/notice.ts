import { type Content, type Html, html } from '../html.ts';

/** Something that wants to be known: `attention` where somebody has to do something. */
export function notice(kind: 'attention' | 'good' | 'plain', content: Content): Html {
  return html`<div class="notice is-${kind}"${kind === 'attention' ? html` role="alert"` : null}>${content}</div>`;
}

/** A command to copy; with modules it gets a button that does. */
export function command(text: string): Html {
  return html`<pre class="command" data-copy><code>${text}</code></pre>`;
}
