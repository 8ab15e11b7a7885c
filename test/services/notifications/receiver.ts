import { createHmac, timingSafeEqual } from 'node:crypto';
import type { OrderPlaced } from '../../../core/mod.ts';

export const SECRET = 'a secret of the tests, long enough';

/** A webhook as it came. */
export interface Got {
  readonly id: string;
  readonly orderId: string;
  readonly body: string;
  readonly headers: Headers;
  /** Whether the signature is right, by a check that shares nothing with the sender. */
  readonly isSigned: boolean;
}

/** What a receiver does with it: a status, or a whole response; it may take its time, or never answer. */
type Answer = (got: Got, before: readonly Got[]) => number | Response | Promise<number | Response>;

/** The check as docs/notifications.md shows it to receivers. */
export function isGenuine(headers: Headers, body: string, secret: string): boolean {
  const timestamp = headers.get('webhook-timestamp') ?? '';
  const signed = `${headers.get('webhook-id')}.${timestamp}.${body}`;
  const expected = createHmac('sha256', secret).update(signed).digest();
  const isRecent = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
  const given = (headers.get('webhook-signature') ?? '').split(' ').map((each) => each.replace(/^v1,/, ''));
  const matches = (each: string): boolean => {
    const bytes = Buffer.from(each, 'base64');
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  };
  return isRecent && given.some(matches);
}

/** Somebody who is told of orders, and keeps what came. */
export class TestReceiver {
  readonly got: Got[] = [];
  answer: Answer;
  /** The most that were under way at once. */
  most = 0;
  #active = 0;
  readonly #server: ReturnType<typeof Bun.serve>;

  constructor(answer: Answer, port = 0) {
    this.answer = answer;
    this.#server = this.#serve(port);
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** How many are being answered now. */
  get active(): number {
    return this.#active;
  }

  of(orderId: string): readonly Got[] {
    return this.got.filter((each) => each.orderId === orderId);
  }

  /** The ids of the orders that it was told of, each once, sorted. */
  orders(): string[] {
    return [...new Set(this.got.map(({ orderId }) => orderId))].sort();
  }

  async close(): Promise<void> {
    await this.#server.stop(true);
  }

  #serve(port: number): ReturnType<typeof Bun.serve> {
    return Bun.serve({
      port,
      hostname: '127.0.0.1',
      development: false,
      reusePort: false,
      idleTimeout: 0,
      fetch: async (request) => {
        this.most = Math.max(this.most, ++this.#active);
        try {
          const answer = await this.#take(request);
          return typeof answer === 'number' ? new Response(null, { status: answer }) : answer;
        } finally {
          this.#active--;
        }
      },
    });
  }

  async #take(request: Request): Promise<number | Response> {
    const body = await request.text();
    const { headers } = request;
    const event = JSON.parse(body) as OrderPlaced;
    const id = headers.get('webhook-id') ?? '';
    const isSigned = isGenuine(headers, body, SECRET) && event.id === id;
    const got: Got = { id, orderId: event.data.order.id, body, headers, isSigned };
    const before = this.of(got.orderId);
    this.got.push(got);
    return await this.answer(got, before);
  }
}
