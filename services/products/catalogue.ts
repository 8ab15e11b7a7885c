import {
  type OutgoingRecord,
  type Product,
  type ProductReply,
  type ProductRequest,
  partitionFor,
  productTopics,
  type Transport,
  TransportError,
} from '../../core/mod.ts';
import type { Seeding } from '../platform/host/seeding.ts';
import { unavailable } from '../platform/http/index.ts';
import type { Telemetry } from '../platform/telemetry/index.ts';
import type { View } from '../platform/view/index.ts';
import type { ProductFilter, ProductPage, Products } from './catalogue-view.ts';

/** How long a write waits until it is decided and to be read here, in milliseconds. */
const DECISION_MS = 10_000;
/** How long a read of a product that is not here waits for the view to reach the log's end, in milliseconds. */
const CATCH_UP_MS = 10_000;
/** How long a write waits for the sample products to be on the log, in milliseconds. */
const SEEDING_MS = 5_000;

/** The record of a request on `product-requests`. */
export function requestRecord(
  request: ProductRequest,
  partitions: number,
  traceparent: string | null,
): OutgoingRecord {
  const { sku } = request;
  const record = {
    topic: productTopics.productRequests,
    partition: partitionFor(sku, partitions),
    key: sku,
    value: JSON.stringify(request),
  };
  return traceparent === null ? record : { ...record, headers: { traceparent } };
}

export interface CatalogueOptions {
  readonly transport: Transport;
  readonly view: View;
  readonly products: Products;
  readonly seeding: Seeding;
  readonly partitions: number;
  readonly telemetry: Telemetry;
}

/** What became of a request, and the product as it stands here now; null where there is none. */
export interface Decided {
  readonly reply: ProductReply;
  readonly product: Product | null;
}

/** The catalogue that all instances share, through the log. */
export class Catalogue {
  readonly #options: CatalogueOptions;

  constructor(options: CatalogueOptions) {
    this.#options = options;
  }

  page(filter: ProductFilter, after: string, limit: number): ProductPage {
    return this.#options.products.page(filter, after, limit);
  }

  /** The product; null only if the log has none by now, on whatever instance it was made. */
  async find(sku: string): Promise<Product | null> {
    const { products, view, seeding } = this.#options;
    const known = products.find(sku);
    if (known !== null) return known;
    if (!seeding.isSettled) throw new TransportError('unavailable', 'the samples are being put in place');
    if (await view.caughtUp(CATCH_UP_MS)) return products.find(sku);
    throw new TransportError('unavailable', 'the products on the log are not all read yet');
  }

  /**
   * Asks for a change, and waits until it is decided: by then it is durable, and to be read here. Throws `HttpProblem`
   * (503) where nothing was confirmed.
   */
  async ask(request: ProductRequest): Promise<Decided> {
    const { transport, view, products, seeding, partitions, telemetry } = this.#options;
    if (!(await seeding.settled(SEEDING_MS))) {
      const detail = 'The sample products are still being put in place: send it again in a few seconds.';
      throw unavailable('not-ready', detail);
    }
    await transport.publish([requestRecord(request, partitions, telemetry.active())]);
    const { sku, requestId } = request;
    const probe = (): Decided | undefined => {
      const reply = products.replyTo(requestId);
      const product = products.find(sku);
      // the two lie on topics of their own: the product may be the later one
      return reply === undefined || reply.revision > (product?.revision ?? 0)
        ? undefined
        : { reply, product };
    };
    const decided = await view.waitFor(probe, DECISION_MS);
    if (decided !== undefined) return decided;
    const detail =
      'The change was not confirmed in time, and may come to be all the same: look at the product, then send it again if need be.';
    throw unavailable('not-confirmed', detail);
  }
}
