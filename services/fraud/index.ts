import { fraudFold, orderTopicSpecs } from '../../core/mod.ts';
import { serveFold } from '../platform/host/folds.ts';
import { onPlatform } from '../platform/host/on-platform.ts';
import { type Platform, type Service, serviceOf } from '../platform/service.ts';

const NAME = 'fraud-service';

/** The fraud check: a customer's orders within one session, against a limit. No REST. */
export async function startFraudService(platform: Platform): Promise<Service> {
  const fold = await serveFold(fraudFold, {
    ...onPlatform(platform, platform.logger.child({ service: NAME })),
    topics: orderTopicSpecs(1),
  });
  return serviceOf(NAME, { orders: fold });
}
