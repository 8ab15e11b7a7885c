// The logistic service: a shipment for each order that was picked. No REST.
import { logisticFold } from '../../core/mod.ts';
import { startParticipant } from '../platform/host/choreography.ts';
import type { StartService } from '../platform/service.ts';

export const startLogisticService: StartService = (platform) =>
  startParticipant(platform, 'logistic-service', (choreography) => ({ picked: logisticFold(choreography) }));
