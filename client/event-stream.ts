// Server-sent events, as the HTML standard has them.

/** One event. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** Where a reader goes on: the id of this event or of the last one before it that had one; '' where none had. */
  readonly id: string;
}

/** No event of ours is nearly as long, in UTF-16 units. */
const MAX_LENGTH = 1024 * 1024;

/** The events of a body. Throws where it breaks off with an error, or is no stream of events. */
export async function* serverEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerEvent, void, undefined> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  const parser = new Parser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return; // what stands without the empty line at its end does not count
      yield* parser.take(decoder.decode(value, { stream: true }));
    }
  } finally {
    // whoever goes on elsewhere leaves no connection behind; there is nobody whom a failure of that would concern
    await reader.cancel().catch(() => {});
  }
}

/** Puts events together from pieces of text that end anywhere. */
class Parser {
  #rest = '';
  #isAfterReturn = false;
  #event = '';
  #data: string[] = [];
  #id = '';

  take(text: string): readonly ServerEvent[] {
    const events: ServerEvent[] = [];
    if (text === '') return events;
    // a line's end of two characters may come in two pieces
    const whole = this.#rest + (this.#isAfterReturn && text.startsWith('\n') ? text.slice(1) : text);
    this.#isAfterReturn = text.endsWith('\r');
    const lines = whole.split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MAX_LENGTH) throw new Error('this is no stream of events: a line does not end');
    for (const line of lines) {
      if (line !== '') this.#field(line);
      else if (this.#data.length > 0) events.push(this.#dispatch());
      else this.#event = '';
    }
    return events;
  }

  #dispatch(): ServerEvent {
    const event = {
      event: this.#event === '' ? 'message' : this.#event,
      data: this.#data.join('\n'),
      id: this.#id,
    };
    this.#event = '';
    this.#data = [];
    return event;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment: somebody is there
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#event = value;
    else if (name === 'data') this.#data.push(value);
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
  }
}
