import type { Ledger } from '../../../core/mod.ts';
import { type Backing, openBacking } from '../backing.ts';
import { createLogger, type Logger } from '../log.ts';
import type { Loop } from './loop.ts';

/** What every host of the library takes. All optional: the embedded log in `./data` is the default. */
export interface HostSettings {
  /** Where the embedded log and its jobs live. Default './data'. */
  readonly dataDir?: string;
  /** Partitions of each topic, where they are created here. Default 4. */
  readonly partitions?: number;
  /** An opened backing to share; the host then leaves closing it to you. */
  readonly backing?: Backing;
  /** A pino logger; default: warnings and errors on standard output. */
  readonly logger?: Logger;
}

export interface OpenHost {
  readonly backing: Backing;
  readonly logger: Logger;
  readonly partitions: number;
  close(): Promise<void>;
}

/** Opens what the settings name, or takes what they bring. */
export async function openHost(settings: HostSettings): Promise<OpenHost> {
  const backing = settings.backing ?? (await openBacking({ dataDir: settings.dataDir ?? './data' }));
  const logger =
    settings.logger ??
    createLogger({ logLevel: 'warn', logFormat: process.stdout.isTTY === true ? 'pretty' : 'json' });
  return {
    backing,
    logger,
    partitions: settings.partitions ?? 4,
    close: async () => {
      if (settings.backing === undefined) await backing.close();
    },
  };
}

/** A running host. */
export interface Host {
  /** Where every record read has ended (invariant 6). */
  readonly ledger: Readonly<Ledger>;
  /** 'running', or what it waits for. */
  readiness(): string;
  /** Finishes what is in hand, commits, and leaves the group. */
  stop(): Promise<void>;
}

/** The host of a running loop: stopping it closes what was opened for it. */
export function hostOf(loop: Loop, host: OpenHost): Host {
  return {
    ledger: loop.ledger,
    readiness: () => loop.readiness(),
    stop: async () => {
      await loop.stop();
      await host.close();
    },
  };
}
