// Previews: bills as they would be. Each is a workflow of its own, which is of no run; nothing else is kept of them.
import {
  type BillRequest,
  billPreview,
  isoTime,
  type OutgoingRecord,
  sha256,
  type WorkflowMessage,
} from '../../core/mod.ts';
import { CustomerList } from './customers.ts';
import { newRunId } from './run-id.ts';
import { complain, type Parsed, parseRunOptions } from './run-options.ts';
import { queued } from './workflow-records.ts';

/** At most so many customers at once. */
export const MAX_PREVIEWS = 100;

export interface PreviewRequest {
  readonly customers: CustomerList;
  readonly billDate: string | undefined;
}

const FIELDS: readonly string[] = ['customerIdentifiers', 'billDate', 'billingPeriod'];
const EXAMPLE = `send {"customerIdentifiers":["1","3"]}, at most ${MAX_PREVIEWS} of them`;

/** Reads the body of `POST /previews`, parsed as JSON. */
export function parsePreviewRequest(body: unknown): Parsed<PreviewRequest> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return complain('invalid-body', `The body is no object: ${EXAMPLE}.`);
  const fields = new Map<string, unknown>(Object.entries(body));
  const unknown = [...fields.keys()].find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) {
    const detail = `There is no field ${JSON.stringify(unknown.slice(0, 40))}: a preview takes ${FIELDS.join(', ')}.`;
    return complain('unknown-field', detail);
  }
  const list = fields.get('customerIdentifiers');
  if (!Array.isArray(list))
    return complain('missing-identifiers', `There is no list of customers: ${EXAMPLE}.`);
  if (list.length === 0) return complain('no-identifiers', `The list of customers is empty: ${EXAMPLE}.`);
  const options = parseRunOptions(fields);
  if (!options.ok) return options;
  const customers = new CustomerList();
  for (const [index, item] of list.entries()) {
    const added = customers.add(item, () => `Customer identifier [${index}]`);
    if (!added.ok) return added;
    if (customers.size > MAX_PREVIEWS) {
      const detail = `A preview takes at most ${MAX_PREVIEWS} customers: name fewer, or start a run.`;
      return complain('too-many-identifiers', detail);
    }
  }
  return { ok: true, value: { customers, billDate: options.value.content.billDate } };
}

/** A new preview-id, which says how many customers it has: nothing but the id is kept of what was asked for. */
export function newPreviewId(nowMs: number, random: Uint8Array, count: number): string {
  const named = `${newRunId(nowMs, random)}-${count}`;
  return `${named}-${checkOf(named)}`;
}

/** How many customers a preview has; null where this is no preview-id. */
export function countIn(previewId: string): number | null {
  const [, named = '', count = '', check = ''] =
    /^(\d{8}-\d{6}-[0-9a-z]{10}-([1-9]\d{0,2}))-([0-9a-f]{8})$/.exec(previewId) ?? [];
  return check !== '' && check === checkOf(named) ? Number(count) : null;
}

/** Tells a mistyped id from one whose workflows no engine has begun. */
const checkOf = (named: string): string => sha256(named).slice(0, 8);

/** What the workflow-ids of a preview begin with. A run-id has no full stop, so that it is no run's. */
export const prefixOf = (previewId: string): string => `preview-${previewId}.`;

/** The workflow-id of the customer at a place, from 1: sorted they are in the order of the request. */
export function previewWorkflowId(previewId: string, seq: number, customerIdentifier: string): string {
  return `${prefixOf(previewId)}${String(seq).padStart(3, '0')}_${customerIdentifier}`;
}

/** The place and the customer of a preview's workflow. */
export function partsOf(workflowId: string): {
  readonly previewId: string;
  readonly seq: number;
  readonly customerIdentifier: string;
} {
  const [, previewId = '', seq = '0', customerIdentifier = ''] =
    /^preview-([^.]*)\.(\d{3})_(.*)$/s.exec(workflowId) ?? [];
  return { previewId, seq: Number(seq), customerIdentifier };
}

/** The records by which a preview's workflows are started. */
export function previewRecords(
  previewId: string,
  { customers, billDate }: PreviewRequest,
  context: { readonly nowMs: number; readonly partitions: number; readonly traceparent: string | null },
): readonly OutgoingRecord[] {
  return customers.identifiers().map((customerIdentifier, index) => {
    const workflowId = previewWorkflowId(previewId, index + 1, customerIdentifier);
    const payload: BillRequest = { customerIdentifier, ...(billDate === undefined ? {} : { billDate }) };
    const message: WorkflowMessage = {
      'workflow-type': billPreview.type,
      'workflow-id': workflowId,
      'create-time': isoTime(context.nowMs),
      payload,
    };
    return queued(message, context.partitions, context.traceparent);
  });
}
