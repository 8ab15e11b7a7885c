import { type Html, html } from '../html.ts';

const PAGES = [
  { name: 'Topology', path: '/ui/system' },
  { name: 'Instances', path: '/ui/system/instances' },
  { name: 'Groups', path: '/ui/system/groups' },
  { name: 'Breakers', path: '/ui/system/breakers' },
  { name: 'Settings', path: '/ui/system/settings' },
  { name: 'Logs', path: '/ui/system/logs' },
  { name: 'Dead letters', path: '/ui/system/dead-letters' },
  { name: 'Parked jobs', path: '/ui/system/parked' },
] as const;

export type SystemPath = (typeof PAGES)[number]['path'];

/** The pages of the system, with the one that a page at `path` belongs to. */
export function subnav(path: SystemPath): Html {
  return html`<nav class="subnav" aria-label="System"><ul>${PAGES.map((page) =>
    page.path === path
      ? html`<li><a href="${page.path}" aria-current="true">${page.name}</a></li>`
      : html`<li><a href="${page.path}">${page.name}</a></li>`,
  )}</ul></nav>`;
}
