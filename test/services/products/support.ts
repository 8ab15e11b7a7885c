import { pino } from 'pino';
import type { Backing } from '../../../services/platform/backing.ts';
import { readSettings } from '../../../services/platform/config.ts';
import type { Service } from '../../../services/platform/service.ts';
import { startProductService } from '../../../services/products/index.ts';
import { startOn } from '../../support/platform.ts';
import { until } from '../../support/until.ts';
import { openPlace, PARTITIONS, type Place, type Reply, send } from '../orders/support.ts';

const silent = pino({ level: 'silent' });

/** Instances of the Product service in this process, on one log. */
export class ProductsBench {
  readonly place: Place;
  readonly backing: Backing;
  readonly #running: Service[] = [];
  readonly #opened: Backing[];

  private constructor(place: Place, backing: Backing) {
    this.place = place;
    this.backing = backing;
    this.#opened = [backing];
  }

  static async make(makePlace: () => Promise<Place>): Promise<ProductsBench> {
    const place = await makePlace();
    return new ProductsBench(place, await openPlace(place));
  }

  /** Starts an instance with a connection of its own, and waits until it is ready. */
  async start(samples: 'on' | 'off' = 'off'): Promise<Service> {
    const backing = await openPlace(this.place);
    this.#opened.push(backing);
    const settings = readSettings(
      {
        DATA_DIR: this.place.dataDir,
        PRODUCTS_PORT: '0',
        PARTITIONS: String(PARTITIONS),
        SAMPLES: samples,
      },
      false,
    );
    const service = await startOn(startProductService, { settings, backing, logger: silent });
    this.#running.push(service);
    await until('the instance to be ready', async () => (await service.readiness()).ready);
    return service;
  }

  async stop(service: Service): Promise<void> {
    this.#running.splice(this.#running.indexOf(service), 1);
    await service.stop();
  }

  async close(): Promise<void> {
    for (const service of this.#running) await service.stop();
    for (const backing of this.#opened.reverse()) await backing.close();
  }
}

export function sendJson(
  service: Service,
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return send(service, method, path, {
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

export const shirt = (sku: string, changes: object = {}): object => ({
  sku,
  name: 'Shirt',
  description: 'White, with "buttons".',
  unitPrice: '39.90',
  currency: 'EUR',
  tags: ['cotton', 'formal'],
  ...changes,
});
