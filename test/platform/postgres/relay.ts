import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a store and its PostgreSQL: hears what the store says, and can lose what the server answers. */
export class Relay {
  /** The database's address through this relay. */
  readonly url: string;
  readonly #server: Server;
  readonly #heard: Buffer[];
  readonly #wire: Wire;

  private constructor(server: Server, url: string, heard: Buffer[], wire: Wire) {
    this.#server = server;
    this.url = url;
    this.#heard = heard;
    this.#wire = wire;
  }

  static async to(url: string): Promise<Relay> {
    const heard: Buffer[] = [];
    const wire: Wire = { isMute: false, sockets: [] };
    const { hostname, port } = new URL(url);
    const server = createServer((client) => {
      const at = heard.push(Buffer.alloc(0)) - 1;
      const upstream = connect(Number(port), hostname);
      client.on('data', (bytes: Buffer) => {
        heard[at] = Buffer.concat([heard[at] ?? bytes, bytes]);
      });
      client.pipe(upstream);
      upstream.on('data', (bytes: Buffer) => wire.isMute || client.write(bytes));
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        wire.sockets.push(socket);
        socket.on('error', () => {}); // Its close follows, and is what counts.
        socket.on('close', () => other.destroy());
      }
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const bound = server.address();
    const through = new URL(url);
    through.port = String(typeof bound === 'object' ? bound?.port : '');
    return new Relay(server, through.href, heard, wire);
  }

  /** What was said over each connection so far. */
  said(): Said[] {
    return this.#heard.map(understand);
  }

  /** From now on nothing that the server says arrives. */
  mute(): void {
    this.#wire.isMute = true;
  }

  /** Breaks all connections; the next ones are whole again. */
  cut(): void {
    for (const socket of this.#wire.sockets.splice(0)) socket.destroy();
    this.#wire.isMute = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((closed) => this.#server.close(closed));
  }
}

interface Wire {
  isMute: boolean;
  readonly sockets: Socket[];
}

/** One connection: the settings of its session, and the names of the statements that it prepared ('' for none). */
export interface Said {
  readonly settings: Record<string, string>;
  readonly statements: string[];
}

/** Reads a client's side of the PostgreSQL protocol 3.0: a startup message, then type, length and content each. */
function understand(bytes: Buffer): Said {
  const startupLength = bytes.readInt32BE(0);
  const words = bytes.toString('utf8', 8, startupLength).split('\0');
  const settings: Record<string, string> = {};
  for (let n = 0; words[n]; n += 2) settings[words[n] ?? ''] = words[n + 1] ?? '';
  const statements: string[] = [];
  for (let at = startupLength; at < bytes.length; at += 1 + bytes.readInt32BE(at + 1)) {
    if (bytes.toString('latin1', at, at + 1) !== 'P') continue;
    statements.push(bytes.toString('utf8', at + 5, bytes.indexOf(0, at + 5)));
  }
  return { settings, statements };
}
