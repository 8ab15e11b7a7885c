// The Orders service's REST interface, asked for whoever looks at a page.
import type { TimeColumn } from '../../../core/mod.ts';
import { sessionTokenOf } from '../../platform/auth/index.ts';
import { type CallAnswer, CallFailed, type CallOptions } from '../../platform/calls/index.ts';
import { HttpProblem } from '../../platform/http/index.ts';
import type { Visit } from './page.ts';

/** A read that finds nothing yet waits so long, in milliseconds: the page is asked for again soon. */
const WAIT_MS = 500;
/** For a call in all, and for one instance: an order is decided before it is answered, which takes up to seconds. */
const POLICY = { timeoutMs: 6_000, attemptTimeoutMs: 5_000 } as const;
/** The answer of a read that found nothing in time. */
const NOT_IN_TIME = 504;

/** What became of an order, as `GET /v1/orders/{id}` tells it. */
export interface OrderReply {
  readonly id: string;
  readonly customerId: string;
  readonly state: 'CREATED' | 'VALIDATED' | 'FAILED' | 'SHIPPED';
  readonly lines: readonly {
    readonly product: string;
    readonly quantity: number;
    readonly price: string;
  }[];
  readonly createdAt: string;
  readonly failures: readonly { readonly checkType: string; readonly reasons: readonly string[] }[];
  readonly shipment?: { readonly trackingNumber: string; readonly shippedAt: string };
}

/** The times at which the services of the choreography had done their part; null until then. */
export type OrderTimes = { readonly ID: string } & Readonly<Record<TimeColumn, string | null>>;

/** What was read, and the instance that had it. */
export interface Read<T> {
  readonly value: T;
  readonly servedBy: string;
}

/** An order; null where there is none (yet). Throws `HttpProblem` and `CallFailed`. */
export async function readOrder(visit: Visit, id: string): Promise<Read<OrderReply> | null> {
  return await read(visit, `/v1/orders/${encodeURIComponent(id)}?timeout=${WAIT_MS}`);
}

/** How far an order has come in the choreography; null where it is not there (yet). Throws as `readOrder` does. */
export async function readTimes(visit: Visit, id: string): Promise<OrderTimes | null> {
  const found = await read<OrderTimes>(visit, `/order/${encodeURIComponent(id)}?timeout=0`);
  return found?.value ?? null;
}

/** A customer's orders, the newest first; null where nobody could say in time. Throws as `readOrder` does. */
export async function readOrdersOf(
  visit: Visit,
  customerId: string,
  limit: number,
): Promise<Read<readonly OrderReply[]> | null> {
  const path = `/v1/orders?customerId=${encodeURIComponent(customerId)}&limit=${limit}&timeout=${POLICY.attemptTimeoutMs - 1_000}`;
  const found = await read<{ readonly orders: readonly OrderReply[] }>(visit, path);
  return found && { value: found.value.orders, servedBy: found.servedBy };
}

/** The latest orders of all customers that went into the choreography. Throws as `readOrder` does. */
export async function readLatest(visit: Visit, limit: number): Promise<readonly OrderTimes[]> {
  const found = await read<{ readonly orders: readonly OrderTimes[] }>(visit, `/order?limit=${limit}`);
  return found?.value.orders ?? [];
}

/** Places an order. The same again is answered the same. Throws `HttpProblem` where it is refused, and `CallFailed`. */
export async function place(visit: Visit, order: unknown): Promise<void> {
  // its id makes it safe to send again
  await ask(visit, '/v1/orders', { method: 'POST', body: order, isIdempotent: true });
}

async function read<T>(visit: Visit, path: string): Promise<Read<T> | null> {
  const { status, body, headers, servedBy } = await ask(visit, path, { answers: [NOT_IN_TIME] });
  if (status === NOT_IN_TIME) return null;
  return { value: body as T, servedBy: headers.get('requite-served-by') ?? servedBy };
}

/** With the token of whoever looks at the page, so that the service decides what he may see. */
async function ask({ calls, request }: Visit, path: string, options: CallOptions): Promise<CallAnswer> {
  const token = sessionTokenOf(request);
  const authorization = token === null ? request.headers.get('authorization') : `Bearer ${token}`;
  const headers = authorization === null ? {} : { authorization };
  const answer = await calls.to('orders-service', POLICY).call(path, { ...options, headers });
  const { status, body } = answer;
  if (status < 400 || options.answers?.includes(status) === true) return answer;
  const said = (body ?? {}) as Partial<Pick<HttpProblem, 'code' | 'detail' | 'errors'>>;
  const { code = 'refused', detail = `The Orders service answered ${status}.`, errors } = said;
  throw new HttpProblem({ status, code, detail, ...(errors ? { errors } : {}) });
}

/** What `read` gives, or why the service could not be asked. */
export async function unlessAway<T>(read: Promise<T>): Promise<T | CallFailed> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof CallFailed) return error;
    throw error;
  }
}
