import { join } from 'node:path';

/** Tells views apart that have no port of their own. */
let unnamed = 0;

/** Where an instance keeps its view: its port tells it from others of its kind; port 0 means one of its own. */
export function viewFile(dataDir: string, service: string, port: number): string {
  const instance = port === 0 ? `pid${process.pid}-${unnamed++}` : String(port);
  return join(dataDir, 'views', `${service}-${instance}.db`);
}
