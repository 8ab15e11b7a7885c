import { Type } from '@sinclair/typebox';
import { levelled } from '../levelled-logger.ts';
import type { Platform } from '../service.ts';

/** What the environment's LOG_LEVEL says. */
const INHERIT = 'inherit';

/** The settings that every service has. */
const CommonSettings = Type.Object({
  logLevel: Type.Union(
    [INHERIT, 'trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map((level) =>
      Type.Literal(level),
    ),
    {
      default: INHERIT,
      description: `the least severe level that the service logs; ${INHERIT}: what LOG_LEVEL says where it was started`,
    },
  ),
});

/** The platform as one service of the process has it: the settings that every service has take effect on it. */
export function platformOf<P extends Platform>(platform: P, service: string): P {
  const { settings, configuration } = platform;
  const common = configuration.of(service, CommonSettings);
  const levelOf = ({ logLevel }: typeof common.current): string =>
    logLevel === INHERIT ? settings.logLevel : String(logLevel);
  const { logger, setLevel } = levelled(platform.logger, levelOf(common.current));
  common.onChange((current) => setLevel(levelOf(current)));
  return { ...platform, logger, telemetry: platform.telemetry.of(service) };
}
