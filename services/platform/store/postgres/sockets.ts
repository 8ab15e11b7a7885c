import { connect, type Socket } from 'node:net';

/** Where to connect to, as the driver has read it from the URL. */
interface Target {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly path?: string | false | undefined;
}

/** How long the other side may take to close after our farewell. */
const FAREWELL_MS = 500;

/**
 * The connections of one pool. The driver makes its own as well, but tries again at once and for ever where something
 * (a proxy whose servers are away) accepts connections and closes them; and it leaves those open that don't answer
 * its farewell. These end such a pool.
 */
export class Sockets {
  readonly #open: Set<Socket> = new Set();
  readonly #maxAttempts: number;
  #attempts = 0;
  #made = 0;

  /** A statement needs so many connections at most. */
  constructor(maxAttempts: number) {
    this.#maxAttempts = maxAttempts;
  }

  /** For the driver's option `socket`: a connection in the making, to each host of the URL in turn. */
  make({ host, port, path }: Target): Socket {
    if (this.#attempts++ >= this.#maxAttempts * host.length) throw new NoSession();
    const at = this.#made++ % host.length;
    const [hostName = 'localhost', portNumber = 5432] = [host[at], port[at]];
    const socket = path ? connect(path) : connect(portNumber, hostName);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    // the driver reads the host's name here, to compare it with the server's certificate
    return Object.assign(socket, { host: hostName });
  }

  /** A statement was answered: the connections are of use. */
  worked(): void {
    this.#attempts = 0;
  }

  /** Once the driver has said farewell: frees those that aren't closed in return. */
  async close(): Promise<void> {
    const closed = [...this.#open].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    const timer = setTimeout(() => {
      for (const socket of this.#open) socket.destroy();
    }, FAREWELL_MS);
    await Promise.all(closed);
    clearTimeout(timer);
  }
}

class NoSession extends Error {
  readonly code = 'NO_SESSION';
  constructor() {
    super('connections are accepted, and closed before a session begins');
  }
}
