// What the API's description says of the routes of runs. Their input is checked by hand, so it is written by hand.
import type { DocumentDecoration } from 'elysia';
import {
  BILLING_PERIOD_PATTERN,
  billGeneration,
  MAX_LABEL_LENGTH,
  MAX_RUN_SIZE,
  ORDER_BILLING_TYPE,
  RUN_ID_PATTERN,
} from '../../../core/mod.ts';
import { MAX_CUSTOMER_LENGTH } from '../customers.ts';
import { MAX_PREVIEWS } from '../previews.ts';
import { AcceptedRun, jsonReply, Run, RunsPage } from '../replies/index.ts';

export type Parameter = Exclude<NonNullable<DocumentDecoration['parameters']>[number], { $ref: string }>;

export const limit: Parameter = {
  name: 'limit',
  in: 'query',
  description: 'At most so many a page',
  schema: { type: 'integer', minimum: 1 },
};
export const after: Parameter = {
  name: 'after',
  in: 'query',
  description: 'Where the page before ended; see links.next',
  schema: { type: 'string' },
};
export const wait: Parameter = {
  name: 'wait',
  in: 'query',
  description: 'Such as 250ms, 10s, 5m (the most)',
  schema: { type: 'string' },
};
const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'Makes the request safe to repeat: 1 to 255 printable ASCII characters',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

type Schema = NonNullable<Parameter['schema']>;

const runFields: Readonly<Record<string, Schema>> = {
  customerIdentifiers: {
    type: 'array',
    minItems: 1,
    maxItems: MAX_RUN_SIZE,
    items: {
      oneOf: [{ type: 'string', minLength: 1, maxLength: MAX_CUSTOMER_LENGTH }, { type: 'integer' }],
    },
  },
  runId: {
    type: 'string',
    pattern: RUN_ID_PATTERN,
    description: 'Names the run; instead of an Idempotency-Key',
  },
  billDate: {
    type: 'string',
    format: 'date',
    description: 'The date of the bills; default: the day of the request',
  },
  workflowType: {
    type: 'string',
    enum: [billGeneration.type, ORDER_BILLING_TYPE],
    default: billGeneration.type,
    description: 'order-billing bills the orders of a period, not the subscriptions',
  },
  period: {
    type: 'object',
    required: ['from', 'to'],
    additionalProperties: false,
    properties: {
      from: { type: 'string', format: 'date', description: 'The first day' },
      to: { type: 'string', format: 'date', description: 'The day after the last' },
    },
    description: 'With order-billing, and only with it: the days whose orders are billed',
  },
};

export const describePost: DocumentDecoration = {
  summary: 'Bill some customers',
  description:
    'Answers 202 once the run is durable. Takes an object or a bare array; whole numbers are taken as identifiers, and a ' +
    'customer that is named twice is billed once. Send an Idempotency-Key header (or runId) to be able to ask again ' +
    'safely: the same content gives the same reply, other content a 409.',
  tags: ['runs'],
  parameters: [idempotencyKey],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['customerIdentifiers'],
          properties: { ...runFields },
        },
        example: { customerIdentifiers: ['2', '4', '5'] },
      },
    },
  },
  responses: { 202: jsonReply('The run is durable; "links" say where to follow it.', AcceptedRun) },
};

/** What `POST /runs` takes; the client's type is made of it. */
export const RunRequest: Schema = {
  title: 'RunRequest',
  description: 'What to bill.',
  type: 'object',
  additionalProperties: false,
  properties: {
    ...runFields,
    label: {
      type: 'string',
      minLength: 1,
      maxLength: MAX_LABEL_LENGTH,
      description: 'What to call the run; shown wherever it is',
    },
    customers: {
      type: 'string',
      enum: ['all'],
      description: 'All customers that the CRM has; instead of customerIdentifiers',
    },
    billingPeriod: {
      type: 'string',
      pattern: BILLING_PERIOD_PATTERN,
      description:
        'A month, which each customer is billed for once, whichever run asks. The bills are dated by its last day',
    },
  },
};

const ofCsv = (name: string, description: string): Parameter => ({
  name,
  in: 'query',
  description: `Beside a CSV body only: ${description}`,
  schema: { type: 'string' },
});

/** The options as they go beside a CSV file. */
const csvOptions: readonly Parameter[] = [
  ofCsv('runId', 'names the run'),
  ofCsv('label', 'what to call the run'),
  ofCsv('billDate', 'the date of the bills, YYYY-MM-DD'),
  ofCsv('billingPeriod', 'a month, YYYY-MM'),
  ofCsv('workflowType', 'bill-generation or order-billing'),
  ofCsv('period', 'with order-billing, the days from/to, such as 2026-11-01/2026-12-01'),
];

/** What `POST /previews` takes; the client's type is made of it. */
export const PreviewRequest: Schema = {
  title: 'PreviewRequest',
  description: 'What to preview.',
  type: 'object',
  required: ['customerIdentifiers'],
  additionalProperties: false,
  properties: {
    customerIdentifiers: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_PREVIEWS,
      items: {
        oneOf: [{ type: 'string', minLength: 1, maxLength: MAX_CUSTOMER_LENGTH }, { type: 'integer' }],
      },
    },
    billDate: { type: 'string', format: 'date', description: 'Default: the day of the request' },
    billingPeriod: {
      type: 'string',
      pattern: BILLING_PERIOD_PATTERN,
      description: 'A month, whose last day dates the bills; instead of billDate',
    },
  },
};

export const describePostRuns: DocumentDecoration = {
  summary: 'Start a bill run',
  description:
    'Answers 202 once the run is durable, with links that say where to follow it. A customer that is named twice is billed ' +
    'once. Send an Idempotency-Key header (or runId) to be able to ask again safely: the same content gives the same ' +
    'reply, other content a 409. Takes JSON, a CSV file with a column customerIdentifier (other columns are ignored), or a ' +
    'form with such a file and the options as fields.',
  tags: ['runs'],
  parameters: [idempotencyKey, ...csvOptions],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: RunRequest,
        example: { customerIdentifiers: ['2', '4', '5'], label: 'November, again' },
      },
      'text/csv': { schema: { type: 'string' }, example: 'customerIdentifier,name\n2,Anna\n4,Ben\n' },
      'multipart/form-data': {
        schema: {
          type: 'object',
          properties: {
            file: { type: 'string', format: 'binary', description: 'The CSV file' },
            ...Object.fromEntries(csvOptions.map(({ name }) => [name, { type: 'string' as const }])),
            customers: { type: 'string', enum: ['all'], description: 'All customers, instead of a file' },
          },
        },
      },
    },
  },
  responses: { 202: jsonReply('The run is durable; "links" say where to follow it.', AcceptedRun) },
};

export const describeRuns: DocumentDecoration = {
  summary: 'The runs, the newest first',
  tags: ['runs'],
  parameters: [limit, after],
  responses: { 200: jsonReply('One page of them.', RunsPage) },
};

export const describeRun: DocumentDecoration = {
  summary: 'How far a run is, and where each of its workflows stands',
  description:
    'With "wait" the answer comes when the run has ended, or after that time with the progress until then; its JSON may ' +
    'follow some white space.',
  tags: ['runs'],
  parameters: [wait, limit, after],
  responses: { 200: jsonReply('How it stands.', Run) },
};
