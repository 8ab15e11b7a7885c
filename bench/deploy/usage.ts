import { readFileSync } from 'node:fs';

/** What a process has used since its start. */
export interface Usage {
  /** Processor time, user and system, of all its threads. The kernel counts it in steps of 10 ms. */
  readonly cpuMs: number;
  /** The most memory that it ever had resident. */
  readonly peakRssBytes: number;
}

/** USER_HZ: the kernel's ABI has 100 ticks a second on every architecture that Bun runs on. */
const MS_PER_TICK = 10;

/** Null where there is no /proc (macOS), or no such process any more. */
export function usageOf(pid: number | undefined): Usage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    // the second field, the command in brackets, may hold spaces: count from behind it; utime and stime are 14 and 15
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    const peakKb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
    return { cpuMs: ticks * MS_PER_TICK, peakRssBytes: peakKb * 1024 };
  } catch {
    return null; // the figures are then left out of the table
  }
}
