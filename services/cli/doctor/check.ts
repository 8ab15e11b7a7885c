// One thing that the doctor looks at.

/** ok; warning: it can be lived with; failure: services would not run, or not well. */
type State = 'ok' | 'warning' | 'failure';

export interface Check {
  readonly name: string;
  readonly state: State;
  /** What was found. */
  readonly detail: string;
  /** What to do; null where nothing is to be done. */
  readonly fix: string | null;
}

export const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail, fix: null });
export const warning = (name: string, detail: string, fix: string): Check => ({
  name,
  state: 'warning',
  detail,
  fix,
});
export const failure = (name: string, detail: string, fix: string): Check => ({
  name,
  state: 'failure',
  detail,
  fix,
});

const MARKS: Readonly<Record<State, string>> = { ok: '✓', warning: '!', failure: '✗' };

/** A line for each, and what to do below it. */
export function checkText({ name, state, detail, fix }: Check): string {
  const line = `${MARKS[state]} ${name}: ${detail}`;
  return fix === null ? line : `${line}\n    ${fix}`;
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
