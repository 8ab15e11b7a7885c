// The only door of the core: what is public is exported here, and nothing else is.

// schemas are TypeBox's: users take it from here, so that both sides have the same one
export { type Static, Type } from '@sinclair/typebox';

export * from './audit/facts.ts';
export type { Fault, FaultCode, Passed } from './audit/faults.ts';
export * from './audit/letter.ts';
export { AUDITED_TOPICS, type AuditFact, type AuditRead, readForAudit } from './audit/read.ts';
export {
  letterId,
  parseLetterId,
  REPLAY_HEADER,
  type Replay,
  ReplayMark,
  replayOf,
} from './audit/replay.ts';
export * from './audit/states.ts';
export * from './audit/totals.ts';
export {
  BILL_LINES_MAX,
  Bill,
  type BilledCustomer,
  type BillLine,
  Issuer,
  type TaxSummary,
} from './billing/bill.ts';
export {
  type BillDocument,
  billDocument,
  type DocumentFact,
  type DocumentLine,
  type DocumentParty,
  type DocumentTax,
  type RenderOptions,
} from './billing/bill-document.ts';
export * from './billing/bill-generation.ts';
export {
  BILL_NUMBER_CATEGORY,
  BillNumber,
  BillNumberQuestion,
} from './billing/bill-number.ts';
export * from './billing/bill-run.ts';
export { NOTHING_BILLED } from './billing/bill-wording.ts';
export * from './billing/billing-period.ts';
export { addDays, isCivilDate } from './billing/civil-date.ts';
export { CURRENCY_EXPONENTS } from './billing/currencies.ts';
export {
  CUSTOMER_LEVELS,
  Customer,
  type CustomerLevel,
  type Subscription,
  type Usage,
} from './billing/customer.ts';
export { displayWidth, padEnd, padStart, truncate } from './billing/display-width.ts';
export { HTML_STYLE } from './billing/html-style.ts';
export {
  BillError,
  type BillErrorCode,
  type BillingOrder,
  GOODS_TAX_RATE,
  GOODS_UNIT,
  issueBill,
  PAYMENT_DAYS,
  SAMPLE_ISSUER,
  SUBSCRIPTION_UNIT,
} from './billing/issue-bill.ts';
export {
  displayMoney,
  exponentOf,
  formatMoney,
  type Money,
  MoneyError,
  type MoneyErrorCode,
  parseMoney,
  priceLine,
  sumMoney,
  taxOn,
} from './billing/money.ts';
export { type Pace, type Progress, paceOf } from './billing/pace.ts';
export { isPeriod, Period } from './billing/period.ts';
export { isolate, printable } from './billing/printable.ts';
export { HTML_RENDERER, renderBillHtml } from './billing/render-html.ts';
export { PAGE_WIDTH, renderBill, TEXT_RENDERER } from './billing/render-text.ts';
export * from './billing/run-command.ts';
export { Address, type SchemaOf } from './billing/schema.ts';
export {
  type CloudEvent,
  cloudEventInput,
  cloudEventOf,
  NOT_A_CLOUD_EVENT,
  readCloudEvent,
} from './choreography/cloud-event.ts';
export { dispatchContent, dispatchFold, OrderDispatch } from './choreography/dispatch-fold.ts';
export * from './choreography/event-types.ts';
export { DemandRecord, Forecast, forecastOrdersFold, forecastsFold } from './choreography/forecast-folds.ts';
export { fulfilmentFold, type PickLine, PickList } from './choreography/fulfilment-fold.ts';
export { Invoice, InvoiceContent } from './choreography/invoice.ts';
export { invoiceNumbersFold, invoiceOrdersFold } from './choreography/invoice-folds.ts';
export { isTrackingNumber, logisticFold, OrderShipment } from './choreography/logistic-fold.ts';
export { MAX_EVENT_LINES } from './choreography/order-event.ts';
export { OrderTime } from './choreography/order-times.ts';
export type { Choreography } from './choreography/reaction.ts';
export { type EventRule, eventRules } from './choreography/rules.ts';
export { checkedRules, EventRulesError, sentOf } from './choreography/rules-check.ts';
export { diffRules, type RulesDiff } from './choreography/rules-diff.ts';
export { drawRules, tableOfRules } from './choreography/rules-draw.ts';
export { RulesRecord, runningRules } from './choreography/rules-record.ts';
export { choreographyTopicSpecs, choreographyTopics } from './choreography/topics.ts';
export * from './messages/correlation.ts';
export * from './messages/decode.ts';
export * from './messages/json.ts';
export * from './messages/log-admin.ts';
export { MemoryLog } from './messages/memory-log.ts';
export * from './messages/partitioner.ts';
export * from './messages/record.ts';
export * from './messages/schemas.ts';
export * from './messages/sha256.ts';
export * from './messages/topics.ts';
export * from './messages/trace-context.ts';
export * from './messages/transport.ts';
export * from './messages/utf8.ts';
export {
  backoffAfter,
  MAX_WEBHOOK_ATTEMPTS,
  RetryPolicy,
} from './notifications/backoff.ts';
export * from './notifications/channels.ts';
export { mailNotification } from './notifications/mail-notification.ts';
export { orderNotifications } from './notifications/notifications-fold.ts';
export * from './notifications/records.ts';
export { undeliveredNotifications } from './notifications/undelivered-fold.ts';
export {
  type OrderPlaced,
  orderPlacedMessage,
  type WebhookMessage,
  webhookId,
} from './notifications/webhook-message.ts';
export * from './notifications/webhook-notification.ts';
export { BillNumberRequest, billNumberQuestionsFold, billNumbersFold } from './numbering/bill-numbers.ts';
export * from './numbering/topics.ts';
export * from './orders/charges.ts';
export { checkDetails, detailsFold } from './orders/details-check.ts';
export { orderEmails } from './orders/email-fold.ts';
export { FRAUD_GAP_MS, FRAUD_GRACE_MS, FRAUD_LIMIT, fraudFold } from './orders/fraud-fold.ts';
export * from './orders/inventory-messages.ts';
export { type InventoryOrder, inventoryOrdersFold } from './orders/inventory-orders-fold.ts';
export {
  type AdjustmentState,
  inventoryProductsFold,
  type LineState,
  type ProductState,
} from './orders/inventory-products-fold.ts';
export { type MailContent, writeMail } from './orders/mail-templates.ts';
export * from './orders/order.ts';
export * from './orders/order-billing.ts';
export {
  emailWorkflowId,
  OrderEmailRequest,
  OrderMail,
  orderEmail,
  orderMessageId,
} from './orders/order-email.ts';
export * from './orders/order-validation.ts';
export { ordersFold } from './orders/orders-fold.ts';
export * from './orders/topics.ts';
export * from './processing/keyed-fold-processor.ts';
export * from './processing/loop.ts';
export * from './processing/processor.ts';
export * from './processing/workflow-processor.ts';
export * from './products/product.ts';
export { productsFold } from './products/products-fold.ts';
export { productTopicSpecs, productTopics } from './products/topics.ts';
export { billingScenario } from './simulation/billing-scenario.ts';
export { type CallPoint, FAULT_KINDS, type FaultKind, faultPoints } from './simulation/faults.ts';
export { labScenario } from './simulation/lab-scenario.ts';
export * from './simulation/options.ts';
export * from './simulation/simulate.ts';
export * from './simulation/testbed.ts';
export {
  answerAfter,
  type LaterAnswer,
  type TestAnswer,
  type TestAnswers,
  type TestQuestion,
} from './simulation/testbed-answers.ts';
export type { CrashPoint } from './simulation/testbed-engine.ts';
export { TestbedError, type TestbedErrorCode } from './simulation/testbed-error.ts';
export type { Explored, ExploreOptions } from './simulation/testbed-explore.ts';
export type { TestJob, TestWait } from './simulation/testbed-job.ts';
export * from './simulation/testbed-types.ts';
export { assignPartitions } from './view/assignment.ts';
export {
  type FoldDecision,
  foldBatch,
  type ReadRecord,
  readBatch,
  stateIdsOf,
  type TracedRecord,
  takingContext,
} from './view/fold-batch.ts';
export * from './view/join.ts';
export * from './view/keyed-fold.ts';
export {
  type Session,
  type SessionAdded,
  type SessionDefinition,
  type Sessions,
  type SessionWindows,
  sessionWindows,
  type WindowAggregate,
} from './view/session-windows.ts';
export * from './view/tumbling-windows.ts';
export * from './view/waiting.ts';
export * from './workflow/batch.ts';
export * from './workflow/decide.ts';
export * from './workflow/decision.ts';
export * from './workflow/definition.ts';
export * from './workflow/definitions.ts';
export * from './workflow/duration.ts';
export * from './workflow/intake.ts';
export * from './workflow/interpreter.ts';
export * from './workflow/job.ts';
export { jobContext, stepContext, waitName } from './workflow/job-spans.ts';
export * from './workflow/ledger.ts';
export { MemoryJobStore } from './workflow/memory-store.ts';
export * from './workflow/store.ts';
export * from './workflow/time.ts';
export * from './workflow/unit-of-work.ts';
