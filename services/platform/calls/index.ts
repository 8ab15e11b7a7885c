export {
  type CallAnswer,
  CallFailed,
  type CallOptions,
  type CallPolicy,
  type Calls,
  type ServiceClient,
} from './calls.ts';
export { type CallsOptions, openCalls } from './client.ts';
