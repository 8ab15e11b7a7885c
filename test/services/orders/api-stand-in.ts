import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the stand-in behaves: answers, says nothing, fails, or says something else. */
export type Mood = 'answers' | 'silent' | 'fails' | 'babbles' | 'refuses';

/** In place of the inventory: what is free is what the test says. */
export class InventoryStandIn {
  mood: Mood = 'answers';
  /** What is free; what is not here is unknown. */
  readonly free: Map<string, number> = new Map();
  /** What an instance that has not read everything says instead, until it is asked to read it. */
  readonly stale: Map<string, number> = new Map();
  /** The products of each question, in the order of their coming. */
  readonly asked: string[][] = [];
  /** Runs before the first answer. */
  beforeAnswering: (() => Promise<void>) | null = null;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<InventoryStandIn> {
    const server = createServer();
    const standIn = new InventoryStandIn(server);
    server.on('request', async ({ url = '' }, response) => {
      const { beforeAnswering } = standIn;
      standIn.beforeAnswering = null;
      await beforeAnswering?.();
      const { searchParams } = new URL(url, 'http://localhost');
      const skus = searchParams.getAll('sku');
      standIn.asked.push(skus);
      switch (standIn.mood) {
        case 'answers':
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify(standIn.#answer(skus, searchParams.has('fresh'))));
          break;
        case 'babbles':
          response.setHeader('content-type', 'application/json');
          response.end('{"items":[{"sku":"A","free":"many"}]}');
          break;
        case 'fails':
          response.writeHead(500).end();
          break;
        case 'refuses':
          response.writeHead(403).end();
          break;
        case 'silent':
          break;
        default:
          standIn.mood satisfies never;
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(skus: readonly string[], isFresh: boolean): object {
    const freeOf = (sku: string): number | undefined =>
      (isFresh ? undefined : this.stale.get(sku)) ?? this.free.get(sku);
    return {
      items: skus.flatMap((sku) => {
        const free = freeOf(sku);
        return free === undefined ? [] : [{ sku, stock: free, reserved: 0, free }];
      }),
      unknown: skus.filter((sku) => freeOf(sku) === undefined),
    };
  }
}
