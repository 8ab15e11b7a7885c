// The commands of a page: of its blocks of `sh`, and of its `console` blocks, where what is printed follows.

export interface Command {
  /** As it stands on the page, without comments; several lines where it has several. */
  readonly text: string;
  /** What the page says that it prints; '' where it says nothing. */
  readonly prints: string;
}

const BLOCK = /^```(sh|console)\n([\s\S]*?)^```$/gm;
const PROMPT = /^\$ /m;

/** All commands of a page, in order. */
export function commandsOf(page: string): readonly Command[] {
  return Array.from(page.matchAll(BLOCK)).flatMap(([, kind, text = '']) =>
    kind === 'sh' ? splitCommands(text).map((each) => ({ text: each, prints: '' })) : shown(text),
  );
}

/** A block with prompts: each `$` begins a command. A block without any is what something else printed. */
function shown(text: string): readonly Command[] {
  const [, ...parts] = text.split(PROMPT);
  return parts.map((part) => {
    const end = endOf(part, 0);
    return { text: withoutComments(part.slice(0, end)), prints: part.slice(end).trim() };
  });
}

/** The commands of a script: a line each, or more where a quote, a bracket or a backslash is open at its end. */
export function splitCommands(script: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < script.length; ) {
    const end = endOf(script, at);
    const text = withoutComments(script.slice(at, end));
    if (text !== '') found.push(text);
    at = end + 1;
  }
  return found;
}

/** Where the command that begins at `from` ends: at a line's end with nothing open. */
function endOf(script: string, from: number): number {
  let depth = 0;
  for (const { at, char } of bareCharacters(script, from)) {
    if ('{('.includes(char)) depth++;
    else if ('})'.includes(char)) depth--;
    else if (char === '\n' && depth <= 0) return at;
  }
  return script.length;
}

/** A comment begins with a # after white space. */
function withoutComments(command: string): string {
  let text = '';
  let from = 0;
  let isComment = false;
  for (const { at, char } of bareCharacters(command, 0)) {
    if (isComment) {
      if (char !== '\n') continue;
      from = at;
      isComment = false;
    } else if (char === '#' && /^$|\s$/.test(command.slice(0, at))) {
      text += command.slice(from, at).trimEnd();
      from = command.length;
      isComment = true;
    }
  }
  return (text + command.slice(from)).trim();
}

/** The characters that are neither quoted nor after a backslash, nor in a comment; of that only its #. */
function* bareCharacters(script: string, from: number): Generator<{ at: number; char: string }> {
  let quote = '';
  let isComment = false;
  for (let at = from; at < script.length; at++) {
    const char = script.charAt(at);
    if (isComment) isComment = char !== '\n';
    if (isComment) continue;
    if (char === '\\' && quote !== "'") at++;
    else if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === "'" || char === '"') quote = char;
    else {
      isComment = char === '#' && /\s/.test(script.charAt(at - 1) || ' ');
      yield { at, char };
    }
  }
}

const TIME = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
/** How the id of a run begins that nobody has chosen, where the page leaves out what follows. */
const DAY_OF_RUN = String.raw`\b\d{8}-(?=…)`;
const VARYING = new RegExp(`(…|${TIME}|${DAY_OF_RUN}|\\s+)`);

/**
 * Whether a command printed what the page shows: `…` stands for anything, a time for any time, the day that a run's id
 * begins with for any day, and white space for white space.
 */
export function isAsShown(prints: string, shows: string): boolean {
  const parts = shows.trim().split(VARYING);
  const pattern = parts.map((part, at) => {
    if (at % 2 === 0) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (part === '…') return '[\\s\\S]*';
    if (part.trim() === '') return '\\s+';
    return part.endsWith('Z') ? TIME : '\\d{8}-';
  });
  return new RegExp(`^${pattern.join('')}$`).test(prints.trim());
}
