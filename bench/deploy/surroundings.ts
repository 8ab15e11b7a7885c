import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchOptions } from '../options.ts';
import type { Setup } from '../setup.ts';
import type { Ground } from './deployment.ts';
import { type Cluster, openCluster } from './kafka.ts';
import { type Database, openDatabase } from './postgres.ts';

/** Directory, cluster and database of one bench. */
export class Surroundings<S extends Standing = Setup> {
  /** The setups that can be measured here. */
  readonly setups: readonly S[];
  /** What can't be, and why. */
  readonly leftOut: readonly string[];
  readonly directory: string;
  readonly cluster: Cluster | null;
  readonly database: Database | null;
  private count = 0;

  private constructor(
    parts: Pick<Surroundings<S>, 'setups' | 'leftOut' | 'directory' | 'cluster' | 'database'>,
  ) {
    this.setups = parts.setups;
    this.leftOut = parts.leftOut;
    this.directory = parts.directory;
    this.cluster = parts.cluster;
    this.database = parts.database;
  }

  /** Opens what these setups need. What can't be had is left out, or an error where it was asked for by name. */
  static async open<S extends Standing>(setups: readonly S[], options: Asked): Promise<Surroundings<S>> {
    const directory = mkdtempSync(join(tmpdir(), 'requite-bench-'));
    // also where the bench is stopped while processes still write there
    process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
    const leftOut: string[] = [];
    /** What `open` gives; null where no setup needs it, or it can't be had. */
    const openIf = async <T>(what: Needed<T>, needing: readonly Standing[]): Promise<T | null> => {
      if (!needing.some(what.isNeededBy)) return null;
      try {
        return await what.open();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (what.isAsked) throw new Error(`There is no ${what.name}: ${reason}`, { cause: error });
        leftOut.push(`LEFT OUT: all of ${what.name}, as there is none: ${reason}`);
        return null;
      }
    };
    let cluster: Cluster | null = null;
    try {
      const kafka = { name: 'Kafka', isAsked: options.logsAsked, isNeededBy: onKafka };
      cluster = await openIf({ ...kafka, open: () => openCluster(options.wipe) }, setups);
      const withKafka = cluster === null ? setups.filter((setup) => !onKafka(setup)) : setups;
      const postgres = {
        name: 'PostgreSQL',
        isAsked: options.stores?.includes('postgres') === true,
        isNeededBy: inPostgres,
      };
      const database = await openIf({ ...postgres, open: openDatabase }, withKafka);
      const left = database === null ? withKafka.filter((setup) => !inPostgres(setup)) : withKafka;
      return new Surroundings({ setups: left, leftOut, directory, cluster, database });
    } catch (error) {
      await cluster?.close();
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** An empty directory, and for what needs them a cluster without our topics and an empty database. */
  async ground(setup: Standing): Promise<Ground> {
    const directory = join(this.directory, String(++this.count));
    mkdirSync(directory);
    if (onKafka(setup)) await this.cluster?.clear();
    return {
      directory,
      kafkaEnv: this.cluster?.env ?? {},
      brokerPid: onKafka(setup) ? (this.cluster?.pid ?? null) : null,
      postgresUrl: inPostgres(setup) && this.database !== null ? await this.database.fresh() : null,
    };
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.cluster?.close(), this.database?.close()]);
    // only now: deleting many files slows the file system down for what is written next
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What of a bench's options says what it may stand on. */
type Asked = Pick<BenchOptions, 'logsAsked' | 'stores' | 'wipe'>;

/** What tells what something stands on. */
type Standing = Pick<Setup, 'log' | 'store'>;

/** Something that setups stand on. */
interface Needed<T> {
  readonly name: string;
  readonly isNeededBy: (setup: Standing) => boolean;
  /** Whether it was asked for by name: that it can't be had is then an error. */
  readonly isAsked: boolean;
  readonly open: () => Promise<T>;
}

const onKafka = ({ log }: Standing): boolean => log === 'kafka';
const inPostgres = ({ store }: Standing): boolean => store === 'postgres';
