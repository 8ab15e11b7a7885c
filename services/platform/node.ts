// `requite/node`: the same host, for Node 22.22 or newer beside a broker. What needs Bun (the embedded log and the SQLite
// job store) is loaded only where it is asked for, and refused on Node.
import { checkNodeVersion } from './node-version.ts';

export { type Backing, type BackingSettings, type JobStoreKind, openBacking } from './backing.ts';
export { BackingError } from './backing-error.ts';
export { SettingsError } from './config/settings-error.ts';
export type { LiveSettings } from './configuration/configuration.ts';
export { ConfigurationError, type ConfigurationErrorCode } from './configuration/configuration-error.ts';
export {
  type NewSetting,
  type ServedSettings,
  type SettingsOptions,
  serveSettings,
  setSetting,
} from './configuration/library.ts';
export { type AnswerHandler, type AnswerSettings, type Question, serveAnswers } from './host/answers.ts';
export { type StartOptions, startWorkflow } from './host/client.ts';
export { type FoldSettings, serveFold } from './host/folds.ts';
export { awaitWorkflow, type Ending } from './host/results.ts';
export type { Host, HostSettings } from './host/settings.ts';
export { serveWorkflows, type WorkflowSettings } from './host/workflows.ts';
export { type KafkaSettings, kafkaSettings } from './transport/kafka/settings.ts';

checkNodeVersion(process.versions.node);
