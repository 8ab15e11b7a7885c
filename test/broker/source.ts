/** How a broker is had on this machine: decided once, when this module is loaded. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { haveJars } from './jars.ts';
import { javaVersion } from './java.ts';

/**
 * `given`: the environment names one (BROKERS). `redpanda`: a Docker daemon answers, so Redpanda in a container.
 * `kafka`: Apache Kafka as a process, as there is Java 17 or newer and Maven, or the jars already. `none`: none of these.
 */
export type BrokerSource = 'given' | 'redpanda' | 'kafka' | 'none';

/** What to do where there is none. */
export const noBroker = 'no broker here: set BROKERS, or start Docker, or install Java 17 and Maven';

/** The brokers that the environment names, or ''. */
export const givenBrokers: string = process.env.BROKERS ?? '';

/** Whether `startCluster` can start brokers here. */
export const canStartCluster: boolean =
  (javaVersion()?.major ?? 0) >= 17 && (haveJars() || Bun.which('mvn') !== null);

export const brokerSource: BrokerSource = await decide();

async function decide(): Promise<BrokerSource> {
  if (givenBrokers !== '') return 'given';
  if (await dockerAnswers()) return 'redpanda';
  return canStartCluster ? 'kafka' : 'none';
}

/** Asks where the Docker clients look: DOCKER_HOST, or the sockets of the usual installations. */
async function dockerAnswers(): Promise<boolean> {
  const host = process.env.DOCKER_HOST ?? '';
  if (host.startsWith('tcp://')) return answers(`http://${host.slice('tcp://'.length)}`);
  const sockets = host.startsWith('unix://')
    ? [host.slice('unix://'.length)]
    : [
        '/var/run/docker.sock',
        join(process.env.XDG_RUNTIME_DIR ?? '/run', 'docker.sock'),
        join(homedir(), '.docker/run/docker.sock'),
        join(homedir(), '.docker/desktop/docker.sock'),
      ];
  for (const socket of sockets) {
    if (existsSync(socket) && (await answers('http://localhost', socket))) return true;
  }
  return false;
}

async function answers(url: string, socket?: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/_ping`, {
      signal: AbortSignal.timeout(1_000),
      ...(socket === undefined ? {} : { unix: socket }),
    });
    return response.ok;
  } catch {
    return false; // A socket without its daemon, or none of ours to use: as good as no Docker.
  }
}
