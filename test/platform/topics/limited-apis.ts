import { connect, createServer } from 'node:net';

const API_VERSIONS = 18;
/** No API has this key. */
const NOBODYS_KEY = 32_000;

/** The greatest version of each API, by its key; null for one that the cluster seems to lack. */
export type ApiLimits = Readonly<Record<number, number | null>>;

/** What looks after topics needs of Kafka's API, as Redpanda 24.3 has it (src/v/kafka/server/handlers). */
export const REDPANDA_24_3: ApiLimits = { 2: 4, 3: 8, 9: 7, 10: 3, 16: 4, 21: 2, 32: 4 };
export const DELETE_RECORDS = 21;

/**
 * A way to a broker (`host:port`) on which it seems to know only lesser versions of Kafka's APIs, or not all of them:
 * its list of APIs is changed. Only a client's first connection comes by here; that is the one that asks for the list.
 */
export async function limitedApis(
  broker: string,
  limits: ApiLimits,
): Promise<{ readonly brokers: string; close(): void }> {
  const [host = '', port = ''] = broker.split(':');
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    const asked = new Set<number>();
    const fromClient = frames((frame) => {
      if (frame.readInt16BE(4) === API_VERSIONS) asked.add(frame.readInt32BE(8));
      upstream.write(frame);
    });
    const fromBroker = frames((frame) => {
      if (asked.delete(frame.readInt32BE(4))) limit(frame, limits);
      client.write(frame);
    });
    client.on('data', fromClient).on('close', () => upstream.destroy());
    upstream.on('data', fromBroker).on('close', () => client.destroy());
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy()); // Both ends close together.
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  const address = server.address();
  const own = typeof address === 'object' ? address?.port : 0;
  return { brokers: `127.0.0.1:${own}`, close: () => server.close() };
}

/** Calls back with each whole message: four bytes of length, then so many bytes. */
function frames(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const length = 4 + rest.readInt32BE(0);
      onFrame(Buffer.from(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
  };
}

/**
 * ApiVersions response v3: length and correlation id (4 bytes each), error code (2), the count of entries plus one as
 * a varint, then for each entry key, least and greatest version (2 bytes each) and no tagged fields (1).
 */
function limit(frame: Buffer, limits: ApiLimits): void {
  let at = 10;
  let count = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = frame.readUInt8(at++);
    count |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  for (let entry = 1; entry < count; entry++, at += 7) {
    const most = limits[frame.readInt16BE(at)];
    if (most === undefined) continue;
    if (most === null) frame.writeInt16BE(NOBODYS_KEY, at);
    else frame.writeInt16BE(Math.min(most, frame.readInt16BE(at + 4)), at + 4);
  }
}
