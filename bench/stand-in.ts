// What the stand-ins of floor and baseline share with our services toward the bench: their log lines, REST and end.
import { newRunId } from '../services/coordinator/run-id.ts';

const IDLE_S = 255;

/** One line of log in the shape of our services'. */
function say(fields: object, msg: string): void {
  process.stdout.write(`${JSON.stringify({ ...fields, msg })}\n`);
}

export function gained(group: string, partitions: readonly number[]): void {
  say({ group, partitions }, 'gained partitions');
}

export function lost(group: string, partitions: readonly number[]): void {
  say({ group, partitions }, 'gave up partitions');
}

export function up(url?: string): void {
  say({ urls: url === undefined ? {} : { coordinator: url } }, 'services are up');
}

/** Takes bill runs as our coordinator does: `POST /` with identifiers, 202 with the run's id. */
export function takeRuns(bill: (runId: string, customerIdentifiers: readonly string[]) => void): void {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: IDLE_S,
    fetch: async (request) => {
      const { customerIdentifiers } = (await request.json()) as { customerIdentifiers: string[] };
      const runId = newRunId(Date.now(), crypto.getRandomValues(new Uint8Array(10)));
      bill(runId, customerIdentifiers);
      return Response.json({ runId }, { status: 202 });
    },
  });
  up(server.url.origin);
}

/** Ends the process when it is asked to, after `close`. */
export function onStop(close: () => Promise<void>): void {
  const stop = async (): Promise<void> => {
    await close();
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
}
