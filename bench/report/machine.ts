import { spawnSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { resolve } from 'node:path';

/** Where the figures come from. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly runtime: string;
  /** The file system that data and bills are written to. */
  readonly fileSystem: string;
  /** The load of the minute before the bench, in processes that ran or waited: above 0, others were at work. */
  readonly loadBefore: number;
}

/** The commit that was measured; null where this is no checkout. `dirty`: with changes that no commit has. */
export interface Commit {
  readonly hash: string;
  readonly dirty: boolean;
}

const MAGIC: Readonly<Record<number, string>> = {
  61267: 'ext4',
  16914836: 'tmpfs',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlay',
  801189825: 'zfs',
};

export function machine(directory: string): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    system: `${platform()} ${release()} ${arch()}`,
    runtime: `Bun ${Bun.version}`,
    fileSystem: fileSystemOf(directory),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

function fileSystemOf(directory: string): string {
  const { type } = statfsSync(directory);
  return MAGIC[type] ?? `unknown (type 0x${type.toString(16)})`;
}

export function commit(): Commit | null {
  const git = (...args: string[]): string | null => {
    const { status, stdout } = spawnSync('git', args, {
      cwd: resolve(import.meta.dir, '../..'),
      encoding: 'utf8',
    });
    return status === 0 ? stdout.trim() : null;
  };
  const hash = git('rev-parse', 'HEAD');
  return hash === null ? null : { hash, dirty: git('status', '--porcelain', '--untracked-files=no') !== '' };
}
