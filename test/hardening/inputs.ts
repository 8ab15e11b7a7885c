// The inputs of the table, as bytes:
//   text:…            these characters, in UTF-8
//   hex:7bff7d        these bytes
//   depth:65          arrays in arrays, so deep
//   bytes:600k        an object whose JSON has so many bytes
//   tombstone         no value
//   good              what that place takes
//   good with {…}     the same, with these fields instead of its own (RFC 7396 but for null, which is a value here)
//   good without a b  the same, without these fields; a/b is the field b of a
// In all of them {{x*257}} is 257 times x, and {{name}} is what the test calls so.

export type Names = Readonly<Record<string, string>>;

/** The value that a row's input describes; null for a tombstone. `good` makes what the place takes. */
export function inputOf(input: string, good: () => unknown, names: Names): string | Uint8Array | null {
  const text = expand(input, names);
  const [kind = '', rest = ''] = split(text, ':');
  switch (kind) {
    case 'text':
      return rest;
    case 'hex':
      return Uint8Array.from(Buffer.from(rest, 'hex'));
    case 'depth':
      return '['.repeat(Number(rest)) + ']'.repeat(Number(rest));
    case 'bytes':
      return filled(sizeOf(rest));
    case 'tombstone':
      return null;
    default:
      return JSON.stringify(changed(text, good()));
  }
}

/** Text with its placeholders filled in. Throws for one that nobody knows. */
export function expand(text: string, names: Names): string {
  return text.replaceAll(/\{\{([^}]+)\}\}/g, (_, inner: string) => {
    const [what = '', count] = split(inner, '*');
    if (count !== undefined) return what.repeat(Number(count));
    const value = names[what];
    if (value === undefined) throw new Error(`nothing is called {{${what}}} here`);
    return value;
  });
}

function changed(text: string, good: unknown): unknown {
  if (text === 'good') return good;
  const [, more] = /^good with (\{.*\})$/.exec(text) ?? [];
  if (more !== undefined) return merged(good, JSON.parse(more));
  const [, names] = /^good without (.+)$/.exec(text) ?? [];
  if (names === undefined)
    throw new Error(`the input "${text.slice(0, 60)}" has no form that inputs.ts knows`);
  return names.split(' ').reduce((value, path) => without(value, path.split('/')), good);
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function merged(value: unknown, change: unknown): unknown {
  if (!isObject(value) || !isObject(change)) return change;
  const entries = Object.entries(change).map(
    ([name, member]) => [name, merged(value[name], member)] as const,
  );
  return { ...value, ...Object.fromEntries(entries) };
}

function without(value: unknown, [name = '', ...rest]: readonly string[]): unknown {
  if (!isObject(value) || !Object.hasOwn(value, name))
    throw new Error(`"${name}" is no field of what is good`);
  const { [name]: inner, ...others } = value;
  return rest.length === 0 ? others : { ...others, [name]: without(inner, rest) };
}

function sizeOf(text: string): number {
  const [, digits = '', unit] = /^(\d+)(k|M)?$/.exec(text) ?? [];
  if (digits === '') throw new Error(`"${text}" is no size: give bytes:600k or bytes:17M`);
  return Number(digits) * (unit === 'M' ? 1024 * 1024 : unit === 'k' ? 1024 : 1);
}

/** JSON of so many bytes. */
function filled(size: number): string {
  const empty = JSON.stringify({ pad: '' });
  return JSON.stringify({ pad: 'x'.repeat(size - empty.length) });
}

function split(text: string, at: string): readonly string[] {
  const place = text.indexOf(at);
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + at.length)];
}
