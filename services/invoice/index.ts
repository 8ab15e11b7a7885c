// The invoice service: an invoice for each order, numbered without a gap. No REST.
import { invoiceNumbersFold, invoiceOrdersFold } from '../../core/mod.ts';
import { startParticipant } from '../platform/host/choreography.ts';
import type { StartService } from '../platform/service.ts';

/** Starts what writes the invoices, and what numbers them: the owner of a series does so for all. */
export const startInvoiceService: StartService = (platform) =>
  startParticipant(platform, 'invoice-service', (choreography) => ({
    numbers: invoiceNumbersFold,
    orders: invoiceOrdersFold(choreography),
  }));
