import { type Content, type Html, html } from '../html.ts';

/** Something that wants to be known: `attention` where somebody has to do something. */
export function notice(kind: 'attention' | 'good' | 'plain', content: Content): Html {
  return html`<div class="notice is-${kind}"${kind === 'attention' ? html` role="alert"` : null}>${content}</div>`;
}

/** A command to copy; the button is shown where a module does that. */
export function command(text: string): Html {
  return html`<div class="copyable"><pre class="command" tabindex="0">${text}</pre><button type="button" data-copy>Copy</button></div>`;
}
