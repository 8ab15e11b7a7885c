import { describe } from 'bun:test';
import { ordersSuite } from './suite.ts';
import { onEmbedded } from './support.ts';

describe('the Orders service on the embedded log', () => ordersSuite(onEmbedded));
