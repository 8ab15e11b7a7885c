// The document of the topics as a page for people. Everything is in it; nothing is loaded from elsewhere.
import type { AsyncApiDocument, Channel, Message, Operation } from './document.ts';
import { type Field, fieldsOf } from './fields.ts';
import type { JsonSchema } from './schemas.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --paper: #fbfaf7; --card: #ffffff; --line: #dfe2e6; --accent: #0b6e5a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e9ec; --soft: #9ea7b3; --paper: #14181d; --card: #1c2229; --line: #323a44; --accent: #5fd0b3; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif }
main { max-width: 60rem; margin: 0 auto; padding: 3rem 1.25rem 6rem }
h1 { font-size: 2.25rem; line-height: 1.1; margin: 0; letter-spacing: -0.02em }
h2 { font-size: 1.25rem; margin: 3.5rem 0 0; text-transform: capitalize } h3 { font: 600 1.1rem ui-monospace, monospace; margin: 0 }
h4 { font-size: 1rem; margin: 1.5rem 0 0 }
p { margin: .5rem 0 } .soft { color: var(--soft) }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1.25rem; margin: 1rem 0 }
section:target { border-color: var(--accent) }
dl { display: grid; grid-template-columns: 7rem 1fr; gap: .25rem 1rem; margin: .75rem 0 } dt { color: var(--soft) } dd { margin: 0 }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .5rem } }
pre { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; overflow-x: auto; margin: .5rem 0 }
code { font: .8125rem/1.55 ui-monospace, monospace }
.table { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-size: .875rem; margin: .5rem 0 }
th { text-align: left; font-weight: 500; color: var(--soft) } th, td { padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
summary { cursor: pointer; padding: .25rem 0 }
nav ul { columns: 15rem; list-style: none; padding: 0; margin: .25rem 0 1rem; font: .875rem/1.9 ui-monospace, monospace }
a { color: var(--accent); text-underline-offset: .2em } a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
`;

/** The page, whole. The same document gives the same text. */
export function topicsPage(document: AsyncApiDocument): string {
  const { info } = document;
  const tags = (info.tags ?? []) as readonly { readonly name: string; readonly description: string }[];
  const inDomain = (name: string): readonly (readonly [string, Channel])[] =>
    Object.entries(document.channels).filter(([, { tags: own }]) => own.some((tag) => tag.name === name));
  const contents = tags.map(({ name }) => {
    const links = inDomain(name).map(
      ([id, { address }]) => `<li><a href="#${attribute(id)}">${escapeHtml(address)}</a></li>`,
    );
    return `<p class="soft">${escapeHtml(name)}</p>\n<ul>${links.join('')}</ul>`;
  });
  const domains = tags.map(
    ({ name, description }) =>
      `<h2>${escapeHtml(name)}</h2>\n<p class="soft">${escapeHtml(description)}</p>\n${inDomain(name)
        .map(([id, channel]) => topicSection(id, channel, document))
        .join('\n')}`,
  );
  const words = String(info.description ?? '')
    .split('\n\n')
    .map((each) => `<p>${escapeHtml(each)}</p>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(String(info.title))}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<p><a href="/">Requite</a> · <a href="/docs">API</a></p>
<h1>Topics</h1>
${words.join('\n')}
<p>For programs: <a href="/asyncapi.json">/asyncapi.json</a>, an AsyncAPI ${escapeHtml(document.asyncapi)} document.</p>
<nav aria-label="Topics">
${contents.join('\n')}
</nav>
${domains.join('\n')}
</main>
</body>
</html>
`;
}

function topicSection(id: string, channel: Channel, document: AsyncApiDocument): string {
  const { address, title, summary, description } = channel;
  const uses = Object.values(document.operations).filter(
    ({ channel: { $ref } }) => $ref === `#/channels/${id}`,
  );
  const said = description.split('\n\n').map((line) => {
    const [name = '', words = ''] = line.split(/: (.*)/s);
    return [name, escapeHtml(words)] as const;
  });
  const facts = [...said, ...usersOf(uses, 'send'), ...usersOf(uses, 'receive')];
  const messages = Object.keys(channel.messages).flatMap((name) => {
    const message = document.components.messages[name];
    return message === undefined ? [] : [messageBlock(message, document)];
  });
  return `<section id="${attribute(id)}">
<h3>${escapeHtml(address)}</h3>
<p><strong>${escapeHtml(title)}.</strong> ${escapeHtml(summary)}</p>
<dl>${facts.map(([name, html]) => `<dt>${escapeHtml(name)}</dt><dd>${html}</dd>`).join('\n')}</dl>
${messages.join('\n')}
</section>`;
}

/** Who sends or receives, with its groups; whoever only moves records home last. */
function usersOf(
  uses: readonly Operation[],
  action: Operation['action'],
): readonly (readonly [name: string, html: string])[] {
  const own = uses.filter((use) => use.action === action);
  if (own.length === 0) return [];
  const rows = own.map(({ tags, summary }) => {
    const who = tags.map(({ name }) => name).join(', ');
    return `${escapeHtml(who)} <span class="soft">${escapeHtml(summary)}</span>`;
  });
  return [[action === 'send' ? 'Senders' : 'Receivers', rows.join('<br>')]];
}

function messageBlock(message: Message, { components }: AsyncApiDocument): string {
  const { title, summary, headers, payload, examples = [] } = message;
  const fields = fieldsOf(payload, components.schemas);
  const shown = examples.map(({ summary: what, headers: sent, payload: value }) => {
    const before = sent === undefined ? '' : `headers ${JSON.stringify(sent, null, 2)}\n\n`;
    return `<p class="soft">${escapeHtml(what)}</p>\n<pre><code>${escapeHtml(`${before}${JSON.stringify(value, null, 2)}`)}</code></pre>`;
  });
  return `<h4>${escapeHtml(title)}</h4>
<p>${escapeHtml(summary)}</p>
${fields.length === 0 ? '' : `<details><summary>Fields</summary>${fieldTable(fields)}</details>`}
<details><summary>Headers</summary>${fieldTable(headerFields(headers))}</details>
${shown.length === 0 ? '' : `<details><summary>Examples</summary>${shown.join('\n')}</details>`}`;
}

const headerFields = (headers: JsonSchema): readonly Field[] => fieldsOf(headers, {});

function fieldTable(fields: readonly Field[]): string {
  const rows = fields.map(({ path, type, isRequired, description }) => {
    const cells = [
      `<code>${escapeHtml(path)}</code>`,
      escapeHtml(type),
      isRequired ? 'yes' : '',
      escapeHtml(description),
    ];
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<div class="table"><table><thead><tr><th>Field</th><th>Type</th><th>Required</th><th></th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div>`;
}

const attribute = (text: string): string => encodeURIComponent(text);

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
