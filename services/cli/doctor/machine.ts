// What the machine has: the runtime, file descriptors, Docker.
import { type Check, failure, ok, warning } from './check.ts';

const FEW_FILES = 256;
const ENOUGH_FILES = 1_024;
const DOCKER_WITHIN_MS = 3_000;

/** `wanted` as package.json says it: `>=1.4.4`. */
export function checkBun(version: string, wanted: string): Check {
  const least = wanted.replace(/^>=/, '');
  if (Bun.semver.order(version, least) >= 0) return ok('Bun', version);
  return failure(
    'Bun',
    `${version} is older than ${least}`,
    'Take the tested one: npx --yes bun@1.4.5 run requite doctor',
  );
}

export function checkOpenFiles(limit: number | null): Check {
  const name = 'open files';
  if (limit === null)
    return warning(name, 'this system does not tell its limit', 'Nothing to do, unless services say EMFILE.');
  const detail = Number.isFinite(limit) ? `at most ${limit}` : 'no limit';
  const fix = 'Raise it where the services are started: ulimit -n 8192';
  if (limit < FEW_FILES) return failure(name, detail, fix);
  return limit < ENOUGH_FILES ? warning(name, detail, fix) : ok(name, detail);
}

/** The limit of this process, which services that are started likewise get; null where no shell tells it. */
export function openFilesLimit(): number | null {
  try {
    const { success, stdout } = Bun.spawnSync(['sh', '-c', 'ulimit -n']);
    const text = stdout.toString().trim();
    if (text === 'unlimited') return Number.POSITIVE_INFINITY;
    return success && /^\d+$/.test(text) ? Number(text) : null;
  } catch {
    return null; // there is no shell: Windows, or a bare container
  }
}

export async function checkDocker(): Promise<Check> {
  const name = 'Docker (optional)';
  const fix = 'Nothing to do: only compose.yaml needs it.';
  try {
    const child = Bun.spawn(['docker', 'version', '--format', '{{.Server.Version}}'], {
      stdout: 'pipe',
      stderr: 'ignore',
      timeout: DOCKER_WITHIN_MS,
    });
    const version = (await new Response(child.stdout).text()).trim();
    if ((await child.exited) === 0 && version !== '') return ok(name, version);
    return warning(name, 'it is installed, and does not answer', fix);
  } catch {
    return warning(name, 'it is not installed', fix); // no such program
  }
}
