// What a POST asks for, from whatever spelling a client uses. Pure: JSON in, request or complaint out.
import type { BillRunRequest } from '../../core/mod.ts';
import { CustomerList } from './customers.ts';
import { complain, OPTION_FIELDS, type Parsed, parseRunOptions, type RunOptions } from './run-options.ts';

/** A request, checked. */
export interface RunRequest {
  /** What makes the run this run: each customer once, in the order of the first mention. */
  readonly content: BillRunRequest;
  /** The run-id that the client chose, if it did. */
  readonly runId: string | null;
  /** Customers that were named more than once, at most so many as a reply names. */
  readonly duplicates: readonly string[];
}

const EXAMPLE = 'send {"customerIdentifiers":["1","3"]}';
const LISTS: readonly string[] = ['customerIdentifiers', 'customerIdentifers'];
/** What `POST /` takes; what came later is for `POST /runs`. */
const FIRST_FIELDS: readonly string[] = [...LISTS, 'runId', 'billDate', 'workflowType', 'period'];

/** Reads the body of `POST /`, parsed as JSON: an object or a bare array of identifiers; undefined where there was none. */
export function parseFirstRequest(body: unknown): Parsed<RunRequest> {
  if (Array.isArray(body)) return fromList(body, { runId: null, content: {} });
  const fields = fieldsOf(body);
  if (!fields.ok) return fields;
  const spelt = LISTS.filter((name) => fields.value.has(name));
  const [name] = spelt;
  if (name === undefined)
    return complain('missing-identifiers', `There is no list of customers: ${EXAMPLE}.`);
  if (spelt.length > 1)
    return complain('invalid-body', 'Give either "customerIdentifiers" or "customerIdentifers", not both.');
  const unknown = unknownIn(
    fields.value,
    FIRST_FIELDS,
    'a run takes customerIdentifiers, runId, billDate, workflowType and period',
  );
  return unknown ?? fromFields(fields.value, name);
}

/** What `POST /runs` asks for: a run of some customers, or one of all that there are. */
export type Asked = { readonly some: RunRequest } | { readonly all: RunOptions };

/** Reads the JSON body of `POST /runs`; undefined where there was none. */
export function parseRunRequest(body: unknown): Parsed<Asked> {
  const fields = fieldsOf(body);
  if (!fields.ok) return fields;
  const known = ['customerIdentifiers', 'customers', ...OPTION_FIELDS];
  const unknown = unknownIn(fields.value, known, `a run takes ${known.join(', ')}`);
  if (unknown !== null) return unknown;
  const hasList = fields.value.has('customerIdentifiers');
  if (fields.value.has('customers')) {
    if (hasList || fields.value.get('customers') !== 'all')
      return complain('invalid-customers', ALL_CUSTOMERS);
    const options = parseRunOptions(fields.value);
    return options.ok ? { ok: true, value: { all: options.value } } : options;
  }
  if (!hasList) return complain('missing-identifiers', `There is no list of customers: ${EXAMPLE}.`);
  const request = fromFields(fields.value, 'customerIdentifiers');
  return request.ok ? { ok: true, value: { some: request.value } } : request;
}

export const ALL_CUSTOMERS =
  '"customers" takes "all", and then there is no other list of customers: give the one or the other.';

/** A Map, so that no name in the body can reach a prototype. */
function fieldsOf(body: unknown): Parsed<ReadonlyMap<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const what =
      body === undefined || body === null
        ? 'The body is empty'
        : 'The body is neither an object nor an array';
    return complain('invalid-body', `${what}: ${EXAMPLE}.`);
  }
  const fields = new Map(Object.entries(body));
  return fields.has('__proto__')
    ? complain('invalid-body', 'A field named "__proto__" is not taken.')
    : { ok: true, value: fields };
}

/** Complains of a field that there is not, so that a mistyped "billDate" does not bill under another date. */
function unknownIn(
  fields: ReadonlyMap<string, unknown>,
  known: readonly string[],
  what: string,
): Parsed<never> | null {
  const unknown = [...fields.keys()].find((field) => !known.includes(field));
  if (unknown === undefined) return null;
  return complain('unknown-field', `There is no field ${JSON.stringify(unknown.slice(0, 40))}: ${what}.`);
}

function fromFields(fields: ReadonlyMap<string, unknown>, name: string): Parsed<RunRequest> {
  const list = fields.get(name);
  if (!Array.isArray(list)) return complain('invalid-body', `"${name}" is not an array: ${EXAMPLE}.`);
  const options = parseRunOptions(fields);
  return options.ok ? fromList(list, options.value) : options;
}

function fromList(list: readonly unknown[], { runId, content }: RunOptions): Parsed<RunRequest> {
  if (list.length === 0) return complain('no-identifiers', `The list of customers is empty: ${EXAMPLE}.`);
  const customers = new CustomerList();
  for (const [index, item] of list.entries()) {
    const added = customers.add(item, () => `Customer identifier [${index}]`);
    if (!added.ok) return added;
  }
  const request = { customerIdentifiers: customers.identifiers(), ...content };
  return { ok: true, value: { content: request, runId, duplicates: customers.duplicates() } };
}
