import Ajv, { type ValidateFunction } from 'ajv';
import type { AsyncApiDocument } from '../../../services/platform/asyncapi/document.ts';

interface Checked {
  readonly value: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** Holds records against the schemas of a document, by a validator that shares nothing with what decodes records. */
export class RecordChecks {
  readonly #ajv = new Ajv({ strict: false, allErrors: true });
  readonly #document: AsyncApiDocument;
  readonly #known = new Map<string, ValidateFunction>();

  constructor(document: AsyncApiDocument) {
    this.#document = document;
    this.#ajv.addSchema({ $id: 'doc', components: document.components });
  }

  /** What of a record misses the schemas of a message; nothing where it fits. */
  faultsOf(message: string, { value, headers }: Checked): readonly string[] {
    const payload = this.#faults(message, 'payload', value);
    return [...payload, ...this.#faults(message, 'headers', headers)];
  }

  keyFaultsOf(message: string, key: unknown): readonly string[] {
    return this.#faults(message, 'bindings/kafka/key', key);
  }

  /** The messages of the channel at this address. */
  messagesOf(address: string): readonly string[] {
    const channel = Object.values(this.#document.channels).find((each) => each.address === address);
    if (channel === undefined) throw new Error(`the document has no topic ${address}`);
    return Object.keys(channel.messages);
  }

  #faults(message: string, part: string, value: unknown): readonly string[] {
    const at = `doc#/components/messages/${message}/${part}`;
    let check = this.#known.get(at);
    if (check === undefined) {
      // its references are the document's own
      check = this.#ajv.compile({ $ref: at });
      this.#known.set(at, check);
    }
    if (check(value)) return [];
    return (check.errors ?? []).map(({ instancePath, message: why }) => `${part}${instancePath} ${why}`);
  }
}
