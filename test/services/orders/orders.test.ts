import { describe } from 'bun:test';
import { chargesSuite } from './charges-suite.ts';
import { ordersSuite } from './suite.ts';
import { onEmbedded } from './support.ts';

describe('the Orders service on the embedded log', () => {
  ordersSuite(onEmbedded);
  chargesSuite(onEmbedded);
});
