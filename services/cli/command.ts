// What a command of the command line is, and what it is given.

/** How a command ends. */
export const EXIT = {
  done: 0,
  /** It could not be done; for what looks after something: what it found is not as it should be. */
  failed: 1,
  /** The command line, or a setting, can't be used. */
  usage: 2,
  /** The log or the service that is asked does not answer. */
  notReached: 3,
  /** The run has ended, or stands still, with jobs that failed or are parked. */
  withProblems: 4,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

/** Under which headings `--help` lists the commands. */
export const GROUPS = ['Bill runs', 'Bills and customers', 'When something breaks', 'Operation'] as const;

/** A command as `requite --help` lists it. */
export interface ListedCommand {
  readonly name: string;
  readonly group: (typeof GROUPS)[number];
  readonly summary: string;
  /** The words that may come first behind it; for completion. */
  readonly words?: readonly string[];
  /** Its options, for completion; what they take is a matter of its help. */
  readonly options?: readonly string[];
  readonly load: () => Promise<RunCommand>;
}

/** Carries the command out and gives its exit code. Throws `UsageError`, `SettingsError`, or what else went wrong. */
export type RunCommand = (words: readonly string[], surroundings: Surroundings) => Promise<number>;

/** What a command has of the process that it runs in. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How it was called, as its help repeats it. */
  readonly called: 'bun run' | 'requite';
  /** Advice with its commands as the user would type them; what goes to `err` needs none of it. */
  readonly advice: (text: string) => string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether somebody looks at standard output, and at standard error. */
  readonly onTerminal: { readonly out: boolean; readonly err: boolean };
  /** Bytes to standard output, as they are. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** From now on Ctrl-C and SIGTERM end nothing by themselves: they abort this signal. A second one ends the process. */
  readonly interruption: () => AbortSignal;
}

/** Help, with the commands named as the user called them. */
export function asCalled(text: string, called: Surroundings['called']): string {
  return called === 'requite' ? text.replaceAll('bun run ', 'requite ') : text;
}
