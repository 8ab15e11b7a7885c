import { Product, ProductReply, ProductRequest, productTopics, Sku } from '../../../core/mod.ts';
import { keyedBy, type TopicContract } from './contract.ts';
import { product } from './examples.ts';

const bySku = keyedBy('The product’s sku.', Sku);
const { name, description, unitPrice, currency, tags } = product;

export const productTopicContracts: readonly TopicContract[] = [
  {
    topic: productTopics.productRequests,
    title: 'Product requests',
    summary:
      'What somebody wants of a product: the first in log order wins. A request-id stands for one request.',
    domain: 'catalogue',
    key: bySku,
    messages: [
      {
        name: 'ProductRequest',
        title: 'Create, put or change a product',
        summary:
          'With ifMatch it is taken only where the product has that revision; *: where there is one at all.',
        value: ProductRequest,
        examples: [
          {
            summary: 'Create',
            key: product.sku,
            value: {
              requestId: 'request-1',
              sku: product.sku,
              kind: 'create',
              content: { name, description, unitPrice, currency, tags },
            },
          },
          {
            summary: 'Change the price of revision 1',
            key: product.sku,
            value: {
              requestId: 'request-2',
              sku: product.sku,
              kind: 'change',
              change: { unitPrice: '69.00' },
              ifMatch: 1,
            },
          },
        ],
      },
    ],
  },
  {
    topic: productTopics.productReplies,
    title: 'Product replies',
    summary:
      'What became of each request. Every reply stays readable for ten minutes, then the last of each product.',
    domain: 'catalogue',
    key: bySku,
    messages: [
      {
        name: 'ProductReply',
        title: 'What became of a request',
        summary: 'Revision is the one that the product has by it; 0 where there is no such product.',
        value: ProductReply,
        examples: [
          {
            summary: 'Created',
            key: product.sku,
            value: { requestId: 'request-1', sku: product.sku, outcome: 'created', revision: 1 },
          },
        ],
      },
    ],
  },
  {
    topic: productTopics.products,
    title: 'Products',
    summary:
      'Each product as it is now; the catalogue is the single writer. A reader ignores a revision that is not above the one that it has.',
    domain: 'catalogue',
    key: bySku,
    messages: [
      {
        name: 'Product',
        title: 'A product',
        summary: 'A discontinued one stays.',
        value: Product,
        examples: [{ summary: 'A product', key: product.sku, value: product }],
      },
    ],
  },
];
