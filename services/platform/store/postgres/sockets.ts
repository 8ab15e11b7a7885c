import { connect, type Socket } from 'node:net';
import { pause } from '../../pause.ts';

/** Where to connect to, as the driver has read it from the URL. */
interface Target {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly path?: string | false | undefined;
}

/** How long the other side may take to close after our farewell, and how often we look. */
const FAREWELL_MS = 500;
const LOOK_MS = 5;

/**
 * The connections of one pool. The driver makes its own as well, but tries again at once and for ever where something
 * (a proxy whose servers are away) accepts connections and closes them; and it leaves those open that don't answer
 * its farewell. These end such a pool.
 */
export class Sockets {
  readonly #maxAttempts: number;
  #all: Socket[] = [];
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
    this.#all = [...this.#open(), socket];
    // the driver reads the host's name here, to compare it with the server's certificate
    return Object.assign(socket, { host: hostName });
  }

  /** A statement was answered: the connections are of use. */
  worked(): void {
    this.#attempts = 0;
  }

  /** Once the driver has said farewell: frees those that aren't closed in return. */
  async close(): Promise<void> {
    const giveUpAt = performance.now() + FAREWELL_MS;
    while (this.#open().length > 0 && performance.now() < giveUpAt) await pause(LOOK_MS);
    for (const socket of this.#all) socket.destroy();
  }

  /** Asked rather than heard of: the driver takes all listeners off a socket that it encrypts. */
  #open(): Socket[] {
    return this.#all.filter((socket) => !socket.destroyed);
  }
}

class NoSession extends Error {
  readonly code = 'NO_SESSION';
  constructor() {
    super('connections are accepted, and closed before a session begins');
  }
}
