// Content negotiation by the Accept header (RFC 9110, 12.5.1).

/** A media range of the header, with its weight. */
interface Range {
  readonly type: string;
  readonly parameters: readonly string[];
  readonly quality: number;
}

/** How well a range names a media type: 0 not at all, 1 by any type, 2 by any subtype, 3 by itself. */
type Precision = 0 | 1 | 2 | 3;

/** So much of a header is read; what comes after it counts as not sent. */
const HEADER_LENGTH_MAX = 4_096;
const QUALITY = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * Which of the media types on offer (the preferred first, without parameters) the client wants most; null where it takes
 * none. The most precise range that names a type gives its weight; of types that weigh the same, the one that is named
 * more precisely is taken, then the one that is named first, then the one that is offered first. No header, or an empty
 * one, takes anything.
 */
export function negotiated(header: string | null, offered: readonly string[]): string | null {
  const text = (header ?? '').slice(0, HEADER_LENGTH_MAX).trim();
  if (text === '') return offered[0] ?? null;
  const ranges = rangesOf(text);
  const weighed = offered
    .map((type, at) => ({ type, at, ...weightOf(type, ranges) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || b.precision - a.precision || a.place - b.place || a.at - b.at);
  return weighed[0]?.type ?? null;
}

function weightOf(
  type: string,
  ranges: readonly Range[],
): { readonly quality: number; readonly precision: Precision; readonly place: number } {
  let best: { quality: number; precision: Precision; place: number } = { quality: 0, precision: 0, place: 0 };
  for (const [place, range] of ranges.entries()) {
    const precision = precisionOf(range, type);
    if (precision > best.precision) best = { quality: range.quality, precision, place };
  }
  return best;
}

function precisionOf({ type, parameters }: Range, offered: string): Precision {
  // all that we send is UTF-8; what else a range asks of a type, ours have not
  if (parameters.some((parameter) => !/^charset="?utf-?8"?$/.test(parameter))) return 0;
  if (type === offered) return 3;
  if (type === '*/*') return 1;
  return type.endsWith('/*') && offered.startsWith(type.slice(0, -1)) ? 2 : 0;
}

/** The ranges that can be read; one that can't is as if it were not there. */
function rangesOf(header: string): readonly Range[] {
  return splitOutsideQuotes(header, ',').flatMap((text) => {
    const [type = '', ...parameters] = splitOutsideQuotes(text, ';').map((part) => part.trim().toLowerCase());
    if (!/^[^\s/]+\/[^\s/]+$/.test(type)) return [];
    const weights = parameters.filter((parameter) => parameter.startsWith('q='));
    const [weight = 'q=1'] = weights;
    if (weights.length > 1 || !QUALITY.test(weight.slice(2))) return [];
    const others = parameters.filter((parameter) => parameter !== '' && !parameter.startsWith('q='));
    return [{ type, parameters: others, quality: Number(weight.slice(2)) }];
  });
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): readonly string[] {
  const parts = [''];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') quoted = !quoted;
    if (quoted && character === '\\') {
      parts[parts.length - 1] += text.slice(at, at + 2);
      at++;
    } else if (character === separator && !quoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
