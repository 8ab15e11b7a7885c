// Where the commands of pages run: a directory, free ports in the place of those that the pages name, and services.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { chosenServices } from '../../services/catalogue.ts';
import { freePorts } from '../broker/ports.ts';
import { Processes } from '../support/processes.ts';
import { type Outcome, Shell } from './shell.ts';

const root = resolve(import.meta.dir, '../..');
/** On pages it is root. */
const user = Bun.spawnSync(['id', '-un']).stdout.toString().trim();
/** The ports that pages name, by the setting that gives them. */
const PORTS: readonly (readonly [setting: string, ...named: string[]])[] = [
  ['COORDINATOR_PORT', '3007'],
  ['CRM_PORT', '3008'],
  ['ORDERS_PORT', '3009'],
  ['PRODUCTS_PORT', '3010'],
  ['INVENTORY_PORT', '3011'],
  ['NOTIFICATIONS_PORT', '3012'],
  ['CONFIGURATION_PORT', '3013'],
  ['OPERATIONS_PORT', '3090', '3100', '9400'],
];
const START = /^((?:[A-Z_]+=(?:'[^']*'|\S*)\s+)*)(?:\\\s+)?bun run services\b([\w\s-]*)$/;

/** Services to start, as a command says: their names, and the settings before it but for ports. */
export interface Start {
  readonly services: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What a command starts; null where it is no such command. */
export function startIn(command: string): Start | null {
  const [, settings, names = ''] = START.exec(plain(command)) ?? [];
  if (settings === undefined) return null;
  const env = Array.from(settings.matchAll(/([A-Z_]+)=('[^']*'|\S*)/g), ([, name = '', value = '']) => [
    name,
    value.replaceAll("'", ''),
  ]).filter(([name]) => !name?.endsWith('_PORT'));
  const { chosen, unknown } = chosenServices(names.split(/\s+/).filter(Boolean));
  if (unknown.length > 0) throw new Error(`there are no services ${unknown.join(', ')}: ${command}`);
  return { services: chosen, env: Object.fromEntries(env) };
}

/** The command with `bun` where the page has npx, for those who have no Bun. */
function plain(command: string): string {
  return command.replaceAll('npx --yes bun@1.4.5 ', 'bun ').replaceAll(/\\\n\s*/g, '');
}

export class Ground {
  /** The directory that commands run in; `data` in it is the log's. */
  readonly directory: string;
  readonly #ports: Readonly<Record<string, number>>;
  readonly #env: Readonly<Record<string, string>>;
  readonly #processes: Processes;
  readonly #running: string[] = [];

  private constructor(directory: string, ports: Readonly<Record<string, number>>) {
    this.directory = directory;
    this.#ports = ports;
    this.#processes = new Processes(directory);
    const settings = Object.fromEntries(
      PORTS.map(([setting, named]) => [setting, String(ports[named ?? ''])]),
    );
    this.#env = { ...settings, DATA_DIR: join(directory, 'data'), FSYNC: 'off', TRACING: 'on' };
  }

  static async open(): Promise<Ground> {
    mkdirSync(join(root, '.tmp'), { recursive: true });
    // inside the repository, where `bun run` knows its scripts
    const directory = mkdtempSync(join(root, '.tmp', 'pages-'));
    const free = await freePorts(PORTS.length);
    const ports = PORTS.flatMap(([, ...named], at) => named.map((port) => [port, free[at] ?? 0]));
    // so that a refusal fails, as everything does that a page does not show as failing; who looks at the code does so
    const curl = join(directory, 'bin', 'curl');
    mkdirSync(dirname(curl));
    writeFileSync(
      curl,
      `#!/bin/sh
case "$*" in *http_code*) exec ${Bun.which('curl')} "$@";; esac
exec ${Bun.which('curl')} --fail-with-body -sS "$@"
`,
    );
    chmodSync(curl, 0o755);
    return new Ground(directory, Object.fromEntries(ports));
  }

  /** Services that stay until the ground is closed. Throws where they do not come up. */
  async start({ services, env }: Start): Promise<void> {
    const name = `services-${this.#running.push(...services)}`;
    // one process has the operations' port that the pages name
    const own = name === `services-${services.length}` ? {} : { OPERATIONS_PORT: '0' };
    await this.#processes.start(name, { services, env: { ...this.#env, ...own, ...env } });
  }

  runs(service: string): boolean {
    return this.#running.includes(service);
  }

  shell(): { run(command: string): Promise<Outcome>; close(): Promise<void> } {
    const path = [join(this.directory, 'bin'), dirname(process.execPath), process.env.PATH ?? ''].join(':');
    const env = { ...this.#env, OPERATIONS_PORT: '0', PATH: path, HOME: process.env.HOME ?? '' };
    const shell = new Shell(this.directory, env);
    return {
      run: async (command) => {
        const { status, printed } = await shell.run(this.#here(command));
        return { status, printed: this.#there(printed) };
      },
      close: () => shell.close(),
    };
  }

  /** What was printed, as a reader sees it: without what `bun run` and our curl add, and in the page's own directory. */
  #there(printed: string): string {
    return printed
      .replaceAll(/^(\$ bun scripts\/run\.ts |error: script "|curl: \(22\)).*\n/gm, '')
      .replaceAll(`${this.directory}/`, './')
      .replaceAll(new RegExp(`\\b${user}\\b`, 'g'), 'root');
  }

  /** The command as it is said here: other ports, and longer waits, as a machine may have much else to do. */
  #here(command: string): string {
    return plain(command)
      .replace(/^(?=bun run demo\b)/, 'env -u DATA_DIR ') // it takes a directory of its own then
      .replaceAll(/\b(localhost|127\.0\.0\.1):(\d{4})\b/g, (whole, host: string, port: string) =>
        this.#ports[port] === undefined ? whole : `${host}:${this.#ports[port]}`,
      )
      .replaceAll(/\btimeout=\d+/g, 'timeout=60000')
      .replaceAll(/--out (?=\w)/g, `--out ${this.directory}/`);
  }

  async close(): Promise<void> {
    await this.#processes.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** What services said last. */
  tail(): string {
    return this.#processes.tail();
  }
}
