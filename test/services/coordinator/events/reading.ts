// A reader of server-sent events, over real HTTP.
import type { Body } from '../support.ts';

export interface Told {
  readonly event: string;
  readonly id: string;
  readonly data: Body;
}

/** What one stream tells. */
export class Listener {
  readonly told: Told[] = [];
  /** Everything, comments included. */
  text = '';
  /** Whether the stream has ended; 'broken' where it did not end well. */
  state: 'open' | 'ended' | 'broken' = 'open';
  readonly status: number;
  readonly #abort: AbortController;

  private constructor(response: Response, abort: AbortController) {
    this.status = response.status;
    this.#abort = abort;
    void this.#read(response);
  }

  /** Connects; `after` is the id of the event that was read last. */
  static async open(url: string, after: string | null = null): Promise<Listener> {
    const abort = new AbortController();
    const headers: Record<string, string> = after === null ? {} : { 'last-event-id': after };
    return new Listener(await fetch(url, { headers, signal: abort.signal }), abort);
  }

  /** The id that a browser would send when it comes again. */
  get position(): string | null {
    return this.told.findLast(({ id }) => id !== '')?.id ?? null;
  }

  of(event: string): readonly Body[] {
    return this.told.filter((each) => each.event === event).map(({ data }) => data);
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of response.body ?? []) {
        const text = decoder.decode(chunk, { stream: true });
        this.text += text;
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
      }
      this.state = 'ended';
    } catch {
      this.state = 'broken'; // closed by the test, or cut off
    }
  }

  #take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
    const data = fields.get('data');
    if (data === undefined) return;
    this.told.push({
      event: fields.get('event') ?? 'message',
      id: fields.get('id') ?? '',
      data: JSON.parse(data),
    });
  }
}
