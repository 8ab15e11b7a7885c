/**
 * What would do something to a terminal instead of standing there: control characters but the newline, line and
 * paragraph separators, and what turns the direction of the text beside it (UAX #9).
 */
const HARMFUL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Text as it may go to a terminal or into a file that somebody shows on one. What is harmful is written as `\u001b`: in
 * JSON that says the same, and elsewhere it can be seen.
 */
export function terminalText(text: string): string {
  return text.replace(HARMFUL, escaped);
}

/** As `terminalText`, for what must stay on its line. */
export function terminalLine(text: string): string {
  return terminalText(text).replaceAll('\n', '\\n');
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Standard output of a command. */
export const out = (text: string): void => void process.stdout.write(terminalText(text));
/** Its errors and remarks. */
export const err = (text: string): void => void process.stderr.write(terminalText(text));
