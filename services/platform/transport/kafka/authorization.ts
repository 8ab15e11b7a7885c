import { MultipleErrors } from '@platformatic/kafka';

/** What a request was about, where the answer itself does not say. */
export interface About {
  readonly topics?: Iterable<string>;
  readonly group?: string;
  /** Names of topics, by the ids that newer answers have instead. */
  readonly names?: ReadonlyMap<string, string>;
}

/** What the broker refuses, by its error: the kind of resource, and its number in the protocol. */
const REFUSALS: Readonly<Record<string, { readonly kind: string; readonly code: number }>> = {
  TOPIC_AUTHORIZATION_FAILED: { kind: 'topic', code: 29 },
  GROUP_AUTHORIZATION_FAILED: { kind: 'group', code: 30 },
  CLUSTER_AUTHORIZATION_FAILED: { kind: 'cluster', code: 31 },
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: { kind: 'transactional id', code: 53 },
};

/** The operation that a request needs on a topic or the cluster, where it is none of reading about them. */
const OPERATIONS: Readonly<Record<string, string>> = {
  Fetch: 'Read',
  OffsetCommit: 'Read',
  TxnOffsetCommit: 'Read',
  Produce: 'Write',
  AddPartitionsToTxn: 'Write',
  CreateTopics: 'Create',
  DeleteRecords: 'Delete',
  InitProducerId: 'IdempotentWrite',
};
const MAX_DEPTH = 10;

/** Which right this user lacks on what, in words; null where the error is about something else. */
export function refusalIn(error: unknown, about: About = {}): string | null {
  const chain = allOf(error);
  const ids = chain.map(({ apiId }) => apiId).filter((id) => id !== undefined && Object.hasOwn(REFUSALS, id));
  const [id = ''] = ids;
  const refusal = REFUSALS[id];
  if (refusal === undefined) return null;
  const api = chain.map(({ message }) => /executing API (\w+)\(/.exec(message)?.[1]).find((name) => name);
  const { kind, code } = refusal;
  const refused = new Set(chain.flatMap(({ response }) => namesIn(response, code, about)));
  const names = refused.size > 0 ? [...refused] : known(kind, about);
  const what = kind === 'cluster' ? 'the cluster' : `the ${kind} ${names.join(', ') || '(unnamed)'}`;
  return (
    `this user may not: it lacks the right ${operationOf(kind, api)} on ${what} (${id}). ` +
    '"bun run topics acls" prints what each service needs; it goes on once it has it'
  );
}

function operationOf(kind: string, api = ''): string {
  if (kind === 'group') return 'Read';
  if (kind === 'transactional id') return 'Write';
  return OPERATIONS[api] ?? 'Describe';
}

function known(kind: string, { topics = [], group }: About): readonly string[] {
  if (kind === 'topic') return [...new Set(topics)];
  return kind === 'group' && group !== undefined ? [group] : [];
}

interface Told {
  readonly message: string;
  readonly apiId?: string;
  readonly response?: unknown;
}

/** The error with all that the client has wrapped in it, the outermost first. */
function allOf(error: unknown, depth = 0): readonly Told[] {
  if (!(error instanceof Error) || depth > MAX_DEPTH) return [];
  const inner: readonly unknown[] = error instanceof MultipleErrors || isAggregate(error) ? error.errors : [];
  return [error as Told, ...[...inner, error.cause].flatMap((each) => allOf(each, depth + 1))];
}

const isAggregate = (error: Error): error is AggregateError =>
  Array.isArray((error as AggregateError).errors);

/** The names of those parts of an answer that have this error. */
function namesIn(node: unknown, code: number, about: About, owner = '', depth = 0): readonly string[] {
  if (typeof node !== 'object' || node === null || depth > MAX_DEPTH) return [];
  if (Array.isArray(node)) return node.flatMap((each) => namesIn(each, code, about, owner, depth + 1));
  const { name, topicName, topicId, groupId, errorCode, ...rest } = node as Readonly<Record<string, unknown>>;
  const [own = owner] = [name, topicName, about.names?.get(String(topicId)), groupId].filter(
    (each) => typeof each === 'string' && each !== '',
  ) as readonly string[];
  const here = errorCode === code && own !== '' ? [own] : [];
  return [...here, ...Object.values(rest).flatMap((each) => namesIn(each, code, about, own, depth + 1))];
}
