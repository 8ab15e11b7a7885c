export { Book } from './book.ts';
export {
  type ChangeRequest,
  changeSetting,
  type Desk,
  publishedSchema,
  settingSchema,
} from './change.ts';
export { CHANGES_KEPT } from './changes.ts';
export { platformOf } from './common.ts';
export type { Configuration } from './configuration.ts';
export { ConfigurationError, type ConfigurationErrorCode } from './configuration-error.ts';
export { type DescribedSetting, describeService, describeSetting } from './described.ts';
export { type ConfigurationOptions, openConfiguration } from './live.ts';
export { Mender } from './mender.ts';
export { livePins } from './pins.ts';
