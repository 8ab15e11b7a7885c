// The only door of the core: what is public is exported here, and nothing else is.

// schemas are TypeBox's: users take it from here, so that both sides have the same one
export { type Static, Type } from '@sinclair/typebox';

export { Bill, type BilledCustomer, type BillLine, Issuer, type TaxSummary } from './billing/bill.ts';
export * from './billing/bill-generation.ts';
export * from './billing/bill-run.ts';
export { addDays, isCivilDate } from './billing/civil-date.ts';
export { CURRENCY_EXPONENTS } from './billing/currencies.ts';
export { Customer, type Subscription, type Usage } from './billing/customer.ts';
export { displayWidth, padEnd, padStart, truncate } from './billing/display-width.ts';
export {
  BillError,
  type BillErrorCode,
  type BillingOrder,
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
export { isolate, printable } from './billing/printable.ts';
export { PAGE_WIDTH, renderBill, TEXT_RENDERER } from './billing/render-text.ts';
export { Address, type SchemaOf } from './billing/schema.ts';
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
export * from './messages/transport.ts';
export * from './messages/utf8.ts';
export * from './workflow/batch.ts';
export * from './workflow/decide.ts';
export * from './workflow/decision.ts';
export * from './workflow/definition.ts';
export * from './workflow/definitions.ts';
export * from './workflow/duration.ts';
export * from './workflow/intake.ts';
export * from './workflow/interpreter.ts';
export * from './workflow/job.ts';
export * from './workflow/ledger.ts';
export { MemoryJobStore } from './workflow/memory-store.ts';
export * from './workflow/store.ts';
export * from './workflow/time.ts';
export * from './workflow/unit-of-work.ts';
