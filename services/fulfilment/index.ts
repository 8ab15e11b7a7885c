// The fulfilment service: a pick list for each order. No REST.
import { fulfilmentFold } from '../../core/mod.ts';
import { startParticipant } from '../platform/host/choreography.ts';
import type { StartService } from '../platform/service.ts';

export const startFulfilmentService: StartService = (platform) =>
  startParticipant(platform, 'fulfilment-service', (choreography) => ({
    orders: fulfilmentFold(choreography),
  }));
