import { connect, type Socket } from 'node:net';

/** A connection on which a test writes what no proper client would. */
export class RawConnection {
  readonly #socket: Socket;
  #heard = '';
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data: Buffer) => {
      this.#heard += data.toString('latin1');
    });
    // a reset is a way of being closed
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isClosed = true;
    });
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const raw = new RawConnection(socket);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return raw;
  }

  /** All that came back, byte for byte as Latin-1. */
  get heard(): string {
    return this.#heard;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(data: string | Uint8Array): void {
    if (!this.#isClosed) this.#socket.write(data);
  }

  /** Writes this again and again, every so many milliseconds, until the connection is closed. */
  dribble(data: string, everyMs: number): void {
    const timer = setInterval(() => (this.#isClosed ? clearInterval(timer) : this.write(data)), everyMs);
    this.#socket.once('close', () => clearInterval(timer));
  }

  close(): void {
    this.#socket.destroy();
  }
}
