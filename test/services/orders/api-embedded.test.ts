import { describe } from 'bun:test';
import { apiSuite } from './api-suite.ts';
import { onEmbedded } from './support.ts';

describe('orders of several lines on the embedded log', () => apiSuite(onEmbedded));
