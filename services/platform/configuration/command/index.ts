export { readArguments } from './arguments.ts';
export { runConfig } from './run.ts';
export { configUsage } from './usage.ts';
