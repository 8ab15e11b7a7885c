import type { Logger } from './log.ts';

const LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

const severityOf = (level: string): number => LEVELS.indexOf(level);

/** A logger whose level, and that of all its children, can be changed while it is used. */
export function levelled(
  under: Logger,
  level: string,
): { readonly logger: Logger; readonly setLevel: (level: string) => void } {
  const held = { level };
  return {
    logger: new LevelledLogger(opened(under, {}), held),
    setLevel: (next) => {
      held.level = next;
    },
  };
}

/** A child that lets everything through: a pino logger's children can have a level of their own. */
function opened(under: Logger, fields: Readonly<Record<string, unknown>>): Logger {
  const child = under.child as (fields: object, options: object) => Logger;
  return child.call(under, fields, { level: 'trace' });
}

class LevelledLogger implements Logger {
  readonly #under: Logger;
  readonly #held: { readonly level: string };

  constructor(under: Logger, held: { readonly level: string }) {
    this.#under = under;
    this.#held = held;
  }

  isLevelEnabled(level: string): boolean {
    return severityOf(level) >= severityOf(this.#held.level);
  }

  debug(fields: object, message: string): void {
    if (this.isLevelEnabled('debug')) this.#under.debug(fields, message);
  }

  info(fields: object | string, message?: string): void {
    if (this.isLevelEnabled('info')) this.#under.info(fields, message);
  }

  warn(fields: object, message: string): void {
    if (this.isLevelEnabled('warn')) this.#under.warn(fields, message);
  }

  error(fields: object, message: string): void {
    if (this.isLevelEnabled('error')) this.#under.error(fields, message);
  }

  child(fields: Readonly<Record<string, unknown>>): Logger {
    return new LevelledLogger(opened(this.#under, fields), this.#held);
  }
}
