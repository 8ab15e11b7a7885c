import type { Logger } from '../platform/log.ts';
import type { Platform } from '../platform/service.ts';
import { ApiOrders, type ApiOrdersOptions } from './api-orders.ts';
import type { ServedApi } from './api-routes.ts';
import { OrdersSettings } from './api-settings.ts';
import { StockCheck } from './api-stock.ts';

const NAME = 'orders-service';
const INVENTORY = 'inventory-service';
/** One instance, and where that does not answer another. */
const ATTEMPTS = 2;

/** Orders that are taken once the inventory has been asked, by settings that may change at any time. */
export function openApi(
  { calls, configuration, metrics, telemetry }: Platform,
  logger: Logger,
  options: Omit<ApiOrdersOptions, 'stock'>,
): ServedApi {
  const live = configuration.of(NAME, OrdersSettings);
  const inventory = calls.to(INVENTORY, () => {
    const { stockCheckTimeoutMs: timeoutMs, breakAfter, halfOpenAfterMs } = live.current;
    const attemptTimeoutMs = Math.ceil(timeoutMs / ATTEMPTS);
    return { timeoutMs, attemptTimeoutMs, attempts: ATTEMPTS, breakAfter, halfOpenAfterMs };
  });
  const stock = new StockCheck({ inventory, settings: () => live.current, metrics, logger });
  return { api: new ApiOrders({ ...options, stock }), telemetry };
}
