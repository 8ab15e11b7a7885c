// A page of the docs, as somebody follows it to the letter.
import { splitCommands } from './commands.ts';

export type Step =
  /** A file to write: a block of TypeScript, after the last path that the text names. */
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  /** Commands to run, without their comments. */
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
    if (language === 'sh') return { kind: 'commands', lines: splitCommands(text) };
    const path = Array.from(prose.matchAll(PATH)).at(-1)?.[1];
    if (language !== 'ts' || path === undefined)
      throw new Error(`a block that nobody can follow: ${block[0].slice(0, 200)}`);
    return { kind: 'file', path, text };
  });
}
