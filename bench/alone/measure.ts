import type { Ground } from '../deploy/deployment.ts';
import { type Usage, usageOf } from '../deploy/usage.ts';
import { failureText } from '../measure/failure.ts';
import { ownProcessor, processorUsPerBill } from '../measure/processor.ts';
import { type Spread, spreadOf } from '../measure/statistics.ts';
import { decisionsAlone } from './decisions.ts';
import { filesAsWritten, filesNotFlushed, filesPlain } from './files.ts';
import type { Floor } from './floor.ts';
import { jobsAlone } from './jobs.ts';
import type { Part } from './part.ts';

/** More would say no more, and cost the machine. */
const MOST_BILLS = 10_000;
const WARM_UP_BILLS = 1_000;

/** One repetition of a part alone. */
interface Alone {
  readonly billsPerSecond: number;
  /** Of the bench itself, which does the work. */
  readonly cpuUsPerBill: number;
  /** Null where there is no broker of the bench's own. */
  readonly brokerCpuUsPerBill: number | null;
}

/** What a part takes alone. */
export interface FloorRow {
  readonly floor: Floor;
  /** Of each repetition. */
  readonly bills: number;
  readonly repetitions: readonly Alone[];
  readonly billsPerSecond: Spread | null;
  /** Why it was given up; null where all went well. */
  readonly failure: string | null;
}

export interface FloorOptions {
  readonly bills: number;
  readonly repeat: number;
}

/** Measures a part alone, in this process. What fails is told in the result. */
export async function measureFloor(
  floor: Floor,
  ground: () => Promise<Ground>,
  { bills: asked, repeat }: FloorOptions,
): Promise<FloorRow> {
  const bills = Math.min(asked, MOST_BILLS);
  const repetitions: Alone[] = [];
  let failure: string | null = null;
  let part: Part | null = null;
  try {
    const standing = await ground();
    part = await open(floor, standing);
    const warmUp = Math.min(bills, WARM_UP_BILLS);
    await part.prepare(0, warmUp)();
    for (let i = 0; i < repeat; i++)
      repetitions.push(await once(part.prepare(warmUp + i * bills, bills), bills, standing.brokerPid));
  } catch (error) {
    // the other figures stand without this one
    failure = failureText(error);
  } finally {
    await part?.close();
  }
  const speeds = repetitions.map(({ billsPerSecond }) => billsPerSecond);
  return { floor, bills, repetitions, billsPerSecond: failure === null ? spreadOf(speeds) : null, failure };
}

function open(floor: Floor, ground: Ground): Promise<Part> | Part {
  if (floor.part === 'decisions') return decisionsAlone();
  if (floor.part === 'jobs') return jobsAlone(floor, ground);
  switch (floor.way) {
    case 'as written':
      return filesAsWritten(ground.directory);
    case 'not flushed':
      return filesNotFlushed(ground.directory);
    case 'plain':
      return filesPlain(ground.directory);
    default:
      return floor.way satisfies never;
  }
}

async function once(work: () => Promise<void>, bills: number, brokerPid: number | null): Promise<Alone> {
  const broker = (): Usage | null => (brokerPid === null ? null : usageOf(brokerPid));
  const brokerBefore = broker();
  const ownUsPer = ownProcessor();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  const cpuUsPerBill = ownUsPer(bills);
  return {
    billsPerSecond: (bills / ms) * 1000,
    cpuUsPerBill,
    brokerCpuUsPerBill: processorUsPerBill(brokerBefore, broker(), bills),
  };
}
