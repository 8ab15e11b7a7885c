import { type Static, Type } from '@sinclair/typebox';
import { canonicalJson } from '../messages/json.ts';
import type { OutgoingRecord } from '../messages/record.ts';
import { Identifier } from '../messages/schemas.ts';
import { sha256 } from '../messages/sha256.ts';
import { topics } from '../messages/topics.ts';
import { ORDER_BILLING_TYPE } from '../orders/order-billing.ts';
import { BILLING_PERIOD_PATTERN } from './billing-period.ts';
import { Period } from './period.ts';
import type { SchemaOf } from './schema.ts';

/** At most so many customers a run. */
export const MAX_RUN_SIZE = 1_000_000;

/** At most so many characters of identifiers in one record, so that every record stays far below 1 MB. */
const PART_LENGTH = 200_000;

/** Run-ids have no underscore, so that `<run-id>_<customer>` can be read one way only. */
export const RUN_ID_PATTERN = '^[A-Za-z0-9-]{1,64}$';

/** The longest label of a run, in UTF-16 units. */
export const MAX_LABEL_LENGTH = 200;

/** What a run was asked for with: the content that a repeat must share. */
export interface BillRunRequest {
  readonly customerIdentifiers: readonly string[];
  readonly billDate?: string;
  /** Makes it a run of order-billing: the days whose orders are billed. */
  readonly period?: Period;
  /** What people call it. */
  readonly label?: string;
  /** A month as `YYYY-MM`, which a customer is billed for once, whichever run asks. */
  readonly billingPeriod?: string;
  /** The identifiers are those of all customers that there were. */
  readonly customers?: 'all';
}

const BillRunSchema = Type.Object({
  'run-id': Type.String({ pattern: RUN_ID_PATTERN }),
  'create-time': Type.String(),
  'bill-date': Type.Optional(Type.String()),
  /** Both or neither; left out in a run of bill-generation. */
  'workflow-type': Type.Optional(Type.Literal(ORDER_BILLING_TYPE)),
  period: Type.Optional(Period),
  label: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_LABEL_LENGTH })),
  'billing-period': Type.Optional(Type.String({ pattern: BILLING_PERIOD_PATTERN })),
  /** SHA-256 of what a run of all customers was asked for with: who they all are changes from one request to the next. */
  'request-hash': Type.Optional(Type.String()),
  /** SHA-256 of the request: the same run-id with another hash is a conflict. */
  'content-hash': Type.String(),
  count: Type.Integer({ minimum: 1, maximum: MAX_RUN_SIZE }),
  /** How many part records precede this one; they hold the identifiers in order. */
  parts: Type.Integer({ minimum: 1 }),
});
/** A run, on `billing-runs`, keyed by run-id, written after its parts: the run exists once this is there. */
export type BillRun = Static<typeof BillRunSchema>;
export const BillRun: SchemaOf<BillRun> = BillRunSchema;

const BillRunPartSchema = Type.Object({
  'run-id': Type.String({ pattern: RUN_ID_PATTERN }),
  'content-hash': Type.String(),
  part: Type.Integer({ minimum: 0 }),
  /** As in the run's record: so that a part says its workflow-ids. */
  'workflow-type': Type.Optional(Type.Literal(ORDER_BILLING_TYPE)),
  'billing-period': Type.Optional(Type.String({ pattern: BILLING_PERIOD_PATTERN })),
  identifiers: Type.Array(Identifier),
});
/** Some of a run's customers, on `billing-runs`, keyed `<run-id>/<content-hash>/<part>`, in the run's partition. */
export type BillRunPart = Static<typeof BillRunPartSchema>;
export const BillRunPart: SchemaOf<BillRunPart> = BillRunPartSchema;

/** The workflow-id of a customer's bill in a run. */
export function billWorkflowId(runId: string, customerIdentifier: string): string {
  return `${runId}_${customerIdentifier}`;
}

/**
 * The workflow-id of a customer's bill as the run's record, or a part of it, says it: with a billing period the customer's of that period,
 * `2026-11.<customer>` or `orders-2026-11.<customer>`, whichever run asks. A run-id has no dot, so that it is no run's own.
 */
export function workflowIdIn(
  run: Pick<BillRun, 'run-id' | 'workflow-type' | 'billing-period'>,
  customerIdentifier: string,
): string {
  const period = run['billing-period'];
  if (period === undefined) return billWorkflowId(run['run-id'], customerIdentifier);
  return `${run['workflow-type'] === undefined ? '' : 'orders-'}${period}.${customerIdentifier}`;
}

/** The hash by which a repeat of a run is told from a conflict. */
export function billRunHash(request: BillRunRequest): string {
  const { customerIdentifiers, billDate, period, label, billingPeriod, customers } = request;
  // a run without one of these has the hash that it had before there were any
  const added = {
    ...(period === undefined ? {} : { workflowType: ORDER_BILLING_TYPE, period }),
    ...(label === undefined ? {} : { label }),
    ...(billingPeriod === undefined ? {} : { billingPeriod }),
    ...(customers === undefined ? {} : { customers }),
  };
  return sha256(canonicalJson({ customerIdentifiers, billDate: billDate ?? null, ...added }));
}

/** The hash of what a run of all customers was asked for with, whoever they are; null for a run of some. */
export function allCustomersHash(request: Omit<BillRunRequest, 'customerIdentifiers'>): string | null {
  return request.customers === undefined ? null : billRunHash({ ...request, customerIdentifiers: [] });
}

/** The records of a run, in the order in which they must be published: its parts, then the run itself. */
export function billRunRecords(
  runId: string,
  request: BillRunRequest,
  createTime: string,
  partition: number,
): readonly OutgoingRecord[] {
  const hash = billRunHash(request);
  const requestHash = allCustomersHash(request);
  const parts: string[][] = [[]];
  let length = 0;
  for (const identifier of request.customerIdentifiers) {
    length += identifier.length + 16;
    if (length > PART_LENGTH) {
      parts.push([]);
      length = identifier.length + 16;
    }
    parts.at(-1)?.push(identifier);
  }
  const run: BillRun = {
    'run-id': runId,
    'create-time': createTime,
    ...(request.billDate === undefined ? {} : { 'bill-date': request.billDate }),
    ...(request.period === undefined ? {} : { 'workflow-type': ORDER_BILLING_TYPE, period: request.period }),
    ...(request.label === undefined ? {} : { label: request.label }),
    ...(request.billingPeriod === undefined ? {} : { 'billing-period': request.billingPeriod }),
    ...(requestHash === null ? {} : { 'request-hash': requestHash }),
    'content-hash': hash,
    count: request.customerIdentifiers.length,
    parts: parts.length,
  };
  const inPeriod = request.billingPeriod === undefined ? {} : periodMarks(run);
  const partRecords = parts.map((identifiers, part): OutgoingRecord => {
    const value: BillRunPart = { 'run-id': runId, 'content-hash': hash, part, ...inPeriod, identifiers };
    return {
      topic: topics.billingRuns,
      partition,
      key: `${runId}/${hash}/${part}`,
      value: JSON.stringify(value),
    };
  });
  return [...partRecords, { topic: topics.billingRuns, partition, key: runId, value: JSON.stringify(run) }];
}

/** What a part says of its run's billing period. */
function periodMarks(run: BillRun): Pick<BillRunPart, 'workflow-type' | 'billing-period'> {
  const { 'workflow-type': type, 'billing-period': period } = run;
  return {
    ...(type === undefined ? {} : { 'workflow-type': type }),
    ...(period === undefined ? {} : { 'billing-period': period }),
  };
}
