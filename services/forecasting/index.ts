// The forecasting service: what will be asked of each product tomorrow. No REST.
import { forecastOrdersFold, forecastsFold } from '../../core/mod.ts';
import { startParticipant } from '../platform/host/choreography.ts';
import type { StartService } from '../platform/service.ts';

export const startForecastingService: StartService = (platform) =>
  startParticipant(platform, 'forecasting-service', (choreography) => ({
    forecasts: forecastsFold,
    orders: forecastOrdersFold(choreography),
  }));
