import {
  type AnyKeyedFold,
  type Choreography,
  checkedRules,
  choreographyTopicSpecs,
  choreographyTopics,
  type EventRule,
  eventRules,
  type ParticipantName,
  partitionFor,
  type Transport,
  TransportError,
} from '../../../core/mod.ts';
import type { Logger } from '../log.ts';
import { pause } from '../pause.ts';
import type { Part, Platform, Service } from '../service.ts';
import { serviceOf } from '../service.ts';
import { serveFold } from './folds.ts';
import { onPlatform } from './on-platform.ts';
import { type OtherTopic, prepareTopics } from './prepare.ts';

const BACKOFF_MS = 500;

/** The topics of the choreography on this bus, as services bring them. */
export function choreographyTopicsOn(bus: string): readonly OtherTopic[] {
  return choreographyTopicSpecs(1, bus).map(({ partitions: _, ...spec }) => spec);
}

/**
 * Starts a service that takes part in the choreography: its folds, with the rules, which it tells on `event-rules`. Throws
 * `EventRulesError` where the rules can't be run with, before it touches anything. No REST.
 */
export async function startParticipant(
  platform: Platform,
  name: ParticipantName,
  foldsOf: (choreography: Choreography) => Readonly<Record<string, AnyKeyedFold>>,
  given: readonly EventRule[] = eventRules,
): Promise<Service> {
  const { settings, backing, stopping } = platform;
  const rules = checkedRules(given);
  const logger = platform.logger.child({ service: name });
  const { transport } = backing;
  const topics = choreographyTopicsOn(settings.eventBus);
  const asked = { transport, partitions: settings.partitions, logger, others: topics, stopping };
  const partitions = await prepareTopics(asked);
  await tellRules({ transport, partitions, service: name, rules, logger, stopping });
  const parts: Record<string, Part> = {};
  for (const [part, fold] of Object.entries(foldsOf({ bus: settings.eventBus, rules })))
    parts[part] = await serveFold(fold, { ...onPlatform(platform, logger), topics });
  return serviceOf(name, parts);
}

export interface TellRulesOptions {
  readonly transport: Transport;
  readonly partitions: number;
  readonly service: ParticipantName;
  readonly rules: readonly EventRule[];
  readonly logger: Logger;
  readonly stopping?: AbortSignal | undefined;
}

/** Says which rules a service runs with, so that `bun run rules diff` can tell what a change of them would do. */
export async function tellRules(options: TellRulesOptions): Promise<void> {
  const { transport, partitions, service, rules, logger, stopping } = options;
  const record = {
    topic: choreographyTopics.eventRules,
    partition: partitionFor(service, partitions),
    key: service,
    value: JSON.stringify({ service, rules }),
  };
  while (stopping?.aborted !== true) {
    try {
      await transport.publish([record]);
      return;
    } catch (error) {
      if (!(error instanceof TransportError && error.canRetry)) throw error;
      // the log went away since it was prepared: it may be back at any time
      logger.warn({ reason: error.message }, 'could not tell the rules; trying again');
      await pause(BACKOFF_MS, stopping);
    }
  }
  throw new TransportError('closed', 'Stopped while waiting for the log.');
}
