export {
  type BreakerState,
  type CallAnswer,
  CallFailed,
  type CallOptions,
  type CallPolicy,
  type Calls,
  type ServiceClient,
} from './calls.ts';
export { openCalls } from './client.ts';
export { BREAKER_METRIC, breakerStateOf, IN_FLIGHT_METRIC } from './metrics.ts';
