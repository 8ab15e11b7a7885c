export type { Configuration, LiveSettings } from './configuration.ts';
export { type ConfigurationOptions, openConfiguration } from './live.ts';
