// HTML by a template tag that escapes: what is put into a template is text, unless it came out of one.

/** A piece of HTML that is safe to put into a page. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes. Nothing is shown for null, undefined and false. */
export type Content = Html | string | number | null | undefined | false | readonly Content[];

/** Makes HTML of a template. Attributes must stand in double quotes: `<a href="${path}">${name}</a>`. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  let text = strings[0] ?? '';
  for (const [at, value] of values.entries()) text += shown(value) + (strings[at + 1] ?? '');
  return new Html(text);
}

function shown(value: Content): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(shown).join('');
  if (value === null || value === undefined || value === false) return '';
  return escaped(String(value));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: HTML has no place for them
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

function escaped(text: string): string {
  return text.replace(CONTROLS, '\ufffd').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** An attribute that is there or not: `<input ${flag('checked', isChosen)}>`. */
export function flag(name: string, isSet: boolean): Html | null {
  return isSet ? new Html(name) : null;
}

/** Text of others, which may run from right to left, kept from turning what stands beside it. */
export function foreign(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}
