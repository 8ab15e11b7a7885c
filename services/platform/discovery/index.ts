export { announceService } from './announce-service.ts';
export { isBaseUrl } from './beat.ts';
export type { Announced, Discovery, Instance } from './discovery.ts';
export { type DiscoveryOptions, openDiscovery } from './registry.ts';
