import { type Deployment, Lab } from './lab.ts';

/** A bill run as it is posted. */
export interface RunRequest {
  readonly runId: string;
  readonly billDate: string;
  readonly customerIdentifiers: readonly string[];
}

const open: Lab[] = [];

/** A deployment that `closeLabs` ends. */
export async function newLab(deployment: Deployment = {}): Promise<Lab> {
  const lab = await Lab.make(deployment);
  open.push(lab);
  return lab;
}

/** For `afterEach`. */
export async function closeLabs(): Promise<void> {
  await Promise.all(open.splice(0).map((lab) => lab.close()));
}

const known = new Map<string, Promise<ReadonlyMap<string, Buffer>>>();

/**
 * The bills of a run that nothing disturbs, on the embedded log: what any other deployment must make too. `customers`
 * are put on the log before (see `LabLog.addCustomers`). A run-id stands for one run, which is made once.
 */
export function undisturbedBills(request: RunRequest, customers = 0): Promise<ReadonlyMap<string, Buffer>> {
  const made = known.get(request.runId) ?? run(request, customers);
  known.set(request.runId, made);
  return made;
}

async function run(request: RunRequest, customers: number): Promise<ReadonlyMap<string, Buffer>> {
  const lab = await Lab.make();
  try {
    if (customers > 0) await lab.log.addCustomers(customers);
    await Promise.all([lab.start('coordinator'), lab.start('engine'), lab.start('crm')]);
    await lab.post(request);
    const count = request.customerIdentifiers.length;
    await lab.until(`${count} undisturbed bills`, () => lab.countBills() === count, 150_000);
    return lab.bills();
  } finally {
    await lab.close();
  }
}
