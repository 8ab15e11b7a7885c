import { join } from 'node:path';

/** Where an instance keeps its view: its port tells it from others of its kind; port 0 means one of its own. */
export function viewFile(dataDir: string, service: string, port: number): string {
  return join(dataDir, 'views', `${service}-${port === 0 ? `pid${process.pid}` : port}.db`);
}
