/**
 * Redpanda's limits on Apache Kafka's behaviour: a TCP proxy in front of one broker that answers ApiVersions with what
 * Redpanda speaks and ends a connection on which anything else is asked. It shows whether a client stays within these
 * versions, not whether Redpanda does the same with them.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { protocolAPIsById } from '@platformatic/kafka';
import { apiVersionsKey, capApiVersions } from './api-versions.ts';
import { FrameWalker } from './frames.ts';
import { redpandaApis } from './redpanda-versions.ts';

export interface RedpandaProxy {
  /** On 127.0.0.1. The broker must advertise it, or clients soon go round it. */
  readonly port: number;
  close(): Promise<void>;
}

/** In front of the broker on this port of 127.0.0.1. Adds what it refuses to `refused`: `Fetch v17`. */
export async function startRedpandaProxy(brokerPort: number, refused: string[]): Promise<RedpandaProxy> {
  const connections = new Set<Socket>();
  const server = createServer((client) => {
    const broker = connect(brokerPort, '127.0.0.1');
    for (const socket of [client, broker]) {
      connections.add(socket);
      socket.setNoDelay(true);
      // A peer that is gone ends both halves below, whatever the reason was.
      socket.on('error', () => socket.destroy());
      socket.once('close', () => connections.delete(socket));
    }
    /** Versions of the ApiVersions requests that wait for their response, by correlation id. */
    const asked = new Map<number, number>();
    relay(client, broker, new FrameWalker(12, (head) => inspect(head, asked, refused)));
    relay(
      broker,
      client,
      new FrameWalker(8, (head) => {
        const correlationId = head.readInt32BE(4);
        const version = asked.get(correlationId);
        if (version === undefined) return null;
        asked.delete(correlationId);
        return (frame) => capApiVersions(frame, version);
      }),
    );
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** A request begins with its size, API key, API version and correlation id. */
function inspect(head: Buffer, asked: Map<number, number>, refused: string[]): null {
  const [key, version] = [head.readInt16BE(4), head.readInt16BE(6)];
  const range = redpandaApis.get(key);
  if (key === apiVersionsKey) {
    asked.set(head.readInt32BE(8), version);
    return null;
  }
  if (range === undefined || version < range.min || version > range.max) {
    const what = `${range?.name ?? protocolAPIsById[key] ?? `API ${key}`} v${version}`;
    refused.push(what);
    throw new Refusal(what);
  }
  return null;
}

/** Hands on what comes, no faster than the other side takes it; when one side ends, so does the other. */
function relay(from: Socket, to: Socket, walker: FrameWalker): void {
  from.on('data', (chunk: Buffer) => {
    let full = false;
    try {
      for (const piece of walker.push(chunk)) full = !to.write(piece) || full;
    } catch {
      // Refused, and on record; or no Kafka protocol at all. Either way a broker would hang up.
      from.destroy();
      to.destroy();
      return;
    }
    if (!full) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
  from.once('end', () => to.end());
  from.once('close', () => to.destroy());
}
