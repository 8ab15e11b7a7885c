// A page of the docs, as somebody follows it to the letter.

export type Step =
  /** A file to write: a block of TypeScript, after the last path that the text names. */
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  /** Commands to run, one a line, without their comments. */
  | { readonly kind: 'commands'; readonly lines: readonly string[] }
  /** What the commands before it print. */
  | { readonly kind: 'prints'; readonly text: string };

const BLOCK = /^```(\w*)\n([\s\S]*?)^```$/gm;
const PATH = /`([\w-]+\/[\w.-]+\.ts)`/g;

/** Takes a page apart, in order. Throws at a block of another kind, or a file that the text gives no name. */
export function stepsOf(page: string): readonly Step[] {
  let from = 0;
  return Array.from(page.matchAll(BLOCK), (block): Step => {
    const [, language = '', text = ''] = block;
    const prose = page.slice(from, block.index);
    from = block.index + block[0].length;
    if (language === '') return { kind: 'prints', text };
    if (language === 'sh') return { kind: 'commands', lines: linesOf(text) };
    const path = Array.from(prose.matchAll(PATH)).at(-1)?.[1];
    if (language !== 'ts' || path === undefined)
      throw new Error(`a block that nobody can follow: ${block[0].slice(0, 200)}`);
    return { kind: 'file', path, text };
  });
}

/** A line that ends in a backslash goes on in the next. */
function linesOf(text: string): readonly string[] {
  const whole = text.replaceAll(/\\\n\s*/g, '');
  const lines = whole.split('\n').map((line) => line.replace(/\s{2,}#.*$/, '').trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}
