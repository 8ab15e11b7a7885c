export {
  CallFailed,
  type CallOptions,
  type CallPolicy,
  type Calls,
  type ServiceClient,
} from './calls.ts';
export { openCalls } from './client.ts';
