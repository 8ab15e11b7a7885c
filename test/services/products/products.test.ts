import { describe } from 'bun:test';
import { onEmbedded } from '../orders/support.ts';
import { productsSuite } from './suite.ts';

describe('the Product service on the embedded log', () => productsSuite(onEmbedded));
