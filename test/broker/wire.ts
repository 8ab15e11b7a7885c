/** Just enough of Kafka's protocol to ask a broker whether it is there, and to make requests by hand in tests. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const patienceMs = 2_000;

/** A request frame: size, then header version 1 (header version 2, with no tags, where `flexible`), then the body. */
export function frame(
  apiKey: number,
  apiVersion: number,
  correlationId: number,
  body: Uint8Array = new Uint8Array(),
  flexible = false,
): Buffer {
  const client = Buffer.from('requite-test');
  const head = Buffer.alloc(14);
  head.writeInt32BE(10 + client.length + (flexible ? 1 : 0) + body.length, 0);
  head.writeInt16BE(apiKey, 4);
  head.writeInt16BE(apiVersion, 6);
  head.writeInt32BE(correlationId, 8);
  head.writeInt16BE(client.length, 12);
  return Buffer.concat([head, client, flexible ? Buffer.of(0) : Buffer.of(), body]);
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
};

export function dial(address: string): Promise<Socket> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  return once(socket, 'connect', { signal: AbortSignal.timeout(patienceMs) }).then(
    () => socket,
    (error: unknown) => {
      socket.destroy();
      throw error;
    },
  );
}

/** The bodies of so many responses, by correlation id; throws when the connection or the time ends before. */
export async function responses(
  socket: Socket,
  count: number,
  timeoutMs = patienceMs,
): Promise<Map<number, Buffer>> {
  const found = new Map<number, Buffer>();
  let buffered = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 8 && buffered.length >= 4 + buffered.readInt32BE(0)) {
        const end = 4 + buffered.readInt32BE(0);
        found.set(buffered.readInt32BE(4), buffered.subarray(8, end));
        buffered = buffered.subarray(end);
      }
      if (found.size >= count) return found;
    }
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
  throw new Error(`the connection was closed after ${found.size} of ${count} responses`);
}

async function ask(
  address: string,
  apiKey: number,
  apiVersion: number,
  body: Uint8Array,
  timeoutMs?: number,
): Promise<Buffer> {
  const socket = await dial(address);
  socket.write(frame(apiKey, apiVersion, 1, body));
  const answer = (await responses(socket, 1, timeoutMs)).get(1);
  if (answer === undefined) throw new Error('the answer was to another request');
  return answer;
}

/** The numbers of the brokers that this one knows to be live (Metadata v1, no topics). */
export async function liveBrokers(address: string, timeoutMs?: number): Promise<number[]> {
  const body = await ask(address, 3, 1, Buffer.alloc(4), timeoutMs);
  const live: number[] = [];
  let at = 4;
  for (let left = body.readInt32BE(0); left > 0; left -= 1) {
    live.push(body.readInt32BE(at));
    at += 4;
    at += 2 + body.readInt16BE(at) + 4;
    at += 2 + Math.max(0, body.readInt16BE(at));
  }
  return live;
}

/**
 * The number of the broker that coordinates this group (kind 0) or transactional id (kind 1), or null while there is
 * none (FindCoordinator v1). Asking creates the topic that coordinators keep their state in.
 */
export async function coordinatorOf(address: string, kind: 0 | 1, key: string): Promise<number | null> {
  const body = await ask(address, 10, 1, Buffer.concat([text(key), Buffer.of(kind)]));
  if (body.readInt16BE(4) !== 0) return null;
  return body.readInt32BE(8 + Math.max(0, body.readInt16BE(6)));
}
