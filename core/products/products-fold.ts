import { canonicalJson, type Json } from '../messages/json.ts';
import { sha256 } from '../messages/sha256.ts';
import { isWellFormed } from '../messages/utf8.ts';
import { type Emitted, foldInput, type KeyedFold, type Origin, type States } from '../view/keyed-fold.ts';
import { isoTime } from '../workflow/time.ts';
import {
  type Product,
  type ProductChange,
  type ProductContent,
  type ProductOutcome,
  type ProductReply,
  ProductRequest,
} from './product.ts';
import { productTopics } from './topics.ts';

/** So many of a product's last requests are remembered with what became of them. */
const REMEMBERED = 20;

/** A product as its single writer has it. */
export interface CatalogueEntry {
  readonly product: Product;
  /** Of the content that it was created with: whoever did not hear of it may send that again. */
  readonly createdHash: string;
  /** Where the last request lies that was decided: one that comes again lies no further. */
  readonly offset: number;
  /** The last of them, the oldest first. */
  readonly replies: readonly Pick<ProductReply, 'requestId' | 'outcome' | 'revision'>[];
}

type Decision =
  | { readonly outcome: 'created' | 'changed'; readonly product: Product }
  | { readonly outcome: Exclude<ProductOutcome, 'created' | 'changed'> };

/**
 * The single writer of `products`: requests of one sku are decided in log order, wherever they were made. Each is told
 * on `product-replies` what became of it.
 */
export const productsFold: KeyedFold<ProductRequest, CatalogueEntry> = {
  name: 'products',
  inputs: [
    foldInput(productTopics.productRequests, ProductRequest, {
      toMessage: (request: ProductRequest) => request,
      keyOf: ({ sku }: ProductRequest) => sku,
    }),
  ],
  keysOf: ({ sku }) => [sku],
  fold: (request, states, origin) => {
    if (!isWellFormed(request.sku)) {
      const detail = 'sku needs text without halves of surrogate pairs';
      return { refused: { reason: 'invalid-message', detail } };
    }
    const known = states.get(request.sku);
    if (known !== undefined && isDecided(known, request, origin)) return again(known, request);
    const decision = decide(request, known, isoTime(origin.timestampMs));
    if (decision.outcome === 'unknown' || (decision.outcome === 'stale' && known === undefined))
      return [replyRecord(request, { outcome: decision.outcome, revision: 0 })];
    return [...keep(request, decision, known, states, origin)];
  },
};

const isDecided = (known: CatalogueEntry, { requestId }: ProductRequest, { offset }: Origin): boolean =>
  offset <= known.offset || known.replies.some((each) => each.requestId === requestId);

/** What it caused may not have been published (invariant 5). Of one that is forgotten, whoever asked looks again. */
function again({ product, replies }: CatalogueEntry, request: ProductRequest): readonly Emitted[] {
  const told = replies.find(({ requestId }) => requestId === request.requestId);
  return [productRecord(product), ...(told === undefined ? [] : [replyRecord(request, told)])];
}

function keep(
  request: ProductRequest,
  decision: Decision,
  known: CatalogueEntry | undefined,
  states: States<CatalogueEntry>,
  { offset }: Origin,
): readonly Emitted[] {
  const product = 'product' in decision ? decision.product : known?.product;
  if (product === undefined) return []; // what is neither there nor made has been told so
  const { outcome } = decision;
  const reply = { requestId: request.requestId, outcome, revision: product.revision };
  const createdHash = known?.createdHash ?? contentHash(product);
  const replies = [...(known?.replies ?? []), reply].slice(-REMEMBERED);
  states.set(request.sku, { product, createdHash, offset, replies });
  return [...('product' in decision ? [productRecord(product)] : []), replyRecord(request, reply)];
}

function decide(request: ProductRequest, known: CatalogueEntry | undefined, now: string): Decision {
  if (known !== undefined && isStale(request, known.product)) return { outcome: 'stale' };
  switch (request.kind) {
    case 'create': {
      if (known === undefined) return made(request.sku, request.content, 'active', now);
      const hash = contentHash(request.content);
      const isRepeat = hash === known.createdHash || hash === contentHash(known.product);
      return { outcome: isRepeat ? 'unchanged' : 'exists' };
    }
    case 'put': {
      const { sku, content, state, ifMatch } = request;
      if (known === undefined)
        return ifMatch === undefined ? made(sku, content, state, now) : { outcome: 'stale' };
      return changed(known.product, { ...contentOf(content), state }, now);
    }
    case 'change':
      return known === undefined ? { outcome: 'unknown' } : changed(known.product, request.change, now);
    default:
      return request satisfies never;
  }
}

const isStale = (request: ProductRequest, { revision }: Product): boolean =>
  request.kind !== 'create' &&
  request.ifMatch !== undefined &&
  request.ifMatch !== '*' &&
  request.ifMatch !== revision;

function made(sku: string, content: ProductContent, state: Product['state'], now: string): Decision {
  const product = { sku, ...contentOf(content), state, revision: 1, createdAt: now, updatedAt: now };
  return { outcome: 'created', product };
}

function changed(product: Product, change: ProductChange, now: string): Decision {
  const { state = product.state } = change;
  const next = { ...product, ...contentOf({ ...product, ...change }), state };
  if (canonicalJson(next) === canonicalJson(product)) return { outcome: 'unchanged' };
  return { outcome: 'changed', product: { ...next, revision: product.revision + 1, updatedAt: now } };
}

/** Without what the schema does not name, so that a state stays bounded. */
const contentOf = ({ name, description, unitPrice, currency, tags }: ProductContent): ProductContent => ({
  name,
  description,
  unitPrice,
  currency,
  tags,
});

const contentHash = (content: ProductContent): string => sha256(canonicalJson(contentOf(content)));

const productRecord = (product: Product): Emitted => ({
  topic: productTopics.products,
  key: product.sku,
  value: product as unknown as Json,
});

function replyRecord(
  { requestId, sku }: ProductRequest,
  { outcome, revision }: Pick<ProductReply, 'outcome' | 'revision'>,
): Emitted {
  return { topic: productTopics.productReplies, key: sku, value: { requestId, sku, outcome, revision } };
}
