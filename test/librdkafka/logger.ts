import type { Logger } from '../../services/platform/log.ts';

const debug = process.env.REQUITE_TEST_LOG === 'debug';
const say = (fields: object | string, message?: string): void => {
  if (debug) console.error(performance.now().toFixed(0), JSON.stringify(fields), message);
};

/** Says nothing, unless REQUITE_TEST_LOG=debug. */
export const silent: Logger = {
  debug: say,
  info: say,
  warn: say,
  error: say,
  child: () => silent,
  isLevelEnabled: () => debug,
};
