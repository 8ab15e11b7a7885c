import type { TopicSpec } from '../messages/transport.ts';

/** The topics of the catalogue: a public contract. */
export const productTopics = {
  /** What somebody wants of a product, keyed by sku; the first in log order wins. */
  productRequests: 'product-requests',
  /** What became of each request, keyed by sku. */
  productReplies: 'product-replies',
  /** Each product as it is now, keyed by sku; the products fold is the single writer. */
  products: 'products',
} as const;

/** So long whoever asked can still read what became of it. */
const REPLY_MS = 10 * 60_000;

/** The topics of the catalogue, each with the partition count of all others. */
export function productTopicSpecs(partitions: number): readonly TopicSpec[] {
  return [
    { name: productTopics.productRequests, partitions },
    { name: productTopics.productReplies, partitions, compacted: true, compactionLagMs: REPLY_MS },
    { name: productTopics.products, partitions, compacted: true },
  ];
}
