export type { Announced, Announcement, Discovery, Instance } from './discovery.ts';
export { type DiscoveryOptions, openDiscovery } from './registry.ts';
