// Light or dark, as the system has it or as was chosen here; the choice is kept in a cookie, so that pages come in it.
import { openToAll } from '../../platform/auth/index.ts';
import { type Html, html } from './html.ts';
import { type Action, field, seeOther } from './page.ts';
import { ownPath } from './paths.ts';

const THEMES = ['system', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

const COOKIE = 'requite-theme';
const YEAR_SECONDS = 31_536_000;

export function themeOf(request: Request): Theme {
  const cookies = (request.headers.get('cookie') ?? '').split(/; */);
  const said = cookies.find((each) => each.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
  return THEMES.find((theme) => theme === said) ?? 'system';
}

/** The switch, on each page. */
export function themeSwitch(theme: Theme, back: string): Html {
  const buttons = THEMES.map(
    (each) =>
      html`<button name="theme" value="${each}" aria-pressed="${each === theme ? 'true' : 'false'}">${each}</button>`,
  );
  return html`<form class="theme" method="post" action="/ui/theme" data-theme-switch>
<input type="hidden" name="back" value="${back}">
<fieldset><legend>Colours</legend>${buttons}</fieldset>
</form>`;
}

export const chooseTheme: Action = {
  path: '/ui/theme',
  access: openToAll,
  act: async (_visit, form) => {
    const theme = THEMES.find((each) => each === field(form, 'theme')) ?? 'system';
    const cookie = `${COOKIE}=${theme}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax; HttpOnly`;
    return seeOther(ownPath(field(form, 'back')), { 'set-cookie': cookie });
  },
};
