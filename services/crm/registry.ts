import { Value } from '@sinclair/typebox/value';
import {
  AnswerError,
  type Customer,
  Identifier,
  isWellFormed,
  type Json,
  type OutgoingRecord,
  partitionFor,
  type Transport,
  TransportError,
  topics,
} from '../../core/mod.ts';
import { JsonText } from '../platform/host/json-text.ts';
import type { Seeding } from '../platform/host/seeding.ts';
import { unavailable } from '../platform/http/index.ts';
import type { View } from '../platform/view/index.ts';
import type { CustomerPage, Customers, IdentifierPage } from './customer-view.ts';

/** How long a request or a question waits for the view to reach the log's end, in milliseconds. */
const CATCH_UP_MS = 10_000;
/** How long a write waits for the sample customers to be on the log, in milliseconds. */
const SEEDING_MS = 5_000;

/** The record of a customer on `customers`. */
export function customerRecord(customer: Customer, partitions: number): OutgoingRecord {
  const key = customer.customerIdentifier;
  return {
    topic: topics.customers,
    partition: partitionFor(key, partitions),
    key,
    value: JSON.stringify(customer),
  };
}

/** Whether a value can identify a customer: bounded text that survives UTF-8, without control characters. */
export function isIdentifier(value: unknown): value is string {
  return Value.Check(Identifier, value) && isWellFormed(value as string);
}

export interface RegistryOptions {
  readonly transport: Transport;
  readonly view: View;
  readonly customers: Customers;
  readonly seeding: Seeding;
  readonly partitions: number;
}

/** The customers that all instances share, through the log. */
export class Registry {
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  page(after: string, limit: number): CustomerPage {
    return this.#options.customers.page(after, limit);
  }

  /** A page of all customers by now, on whatever instance they were made. */
  async identifiers(after: string, limit: number): Promise<IdentifierPage> {
    return await this.#afterCatchUp(() => this.#options.customers.identifiers(after, limit));
  }

  /** The customer; null only if the log has none by now, on whatever instance it was made. */
  async find(id: string): Promise<Customer | null> {
    const { customers } = this.#options;
    return customers.find(id) ?? this.#afterCatchUp(() => customers.find(id));
  }

  /** Stores a customer: durable, and to be seen on this instance, when it resolves. Says whether it is a new one. */
  async store(customer: Customer): Promise<'created' | 'updated'> {
    const { transport, view, customers, seeding, partitions } = this.#options;
    if (!(await seeding.settled(SEEDING_MS))) {
      throw unavailable(
        'not-ready',
        'The CRM is still putting its sample customers in place: send it again in a few seconds.',
      );
    }
    const isNew = customers.find(customer.customerIdentifier) === null;
    await transport.publish([customerRecord(customer, partitions)]);
    if (!(await view.caughtUp(CATCH_UP_MS))) {
      const detail = 'The customer is stored, but does not show here yet. Sending it again does no harm.';
      throw unavailable('not-visible-yet', detail);
    }
    return isNew ? 'created' : 'updated';
  }

  /**
   * The answer to a question of category `customer`, as text: at once where the customer is known. Throws `AnswerError`
   * for an error answer.
   */
  answer(payload: Json): JsonText | Promise<JsonText> {
    const id = (payload as { readonly customerIdentifier?: unknown } | null)?.customerIdentifier;
    if (!isIdentifier(id)) {
      const message =
        'a question of category "customer" needs a customerIdentifier: 1 to 256 characters, no control characters';
      throw new AnswerError('bad-question', message);
    }
    const known = this.#options.customers.text(id);
    return known === null ? this.#answerLater(id) : new JsonText(known);
  }

  async #answerLater(id: string): Promise<JsonText> {
    const found = await this.#afterCatchUp(() => this.#options.customers.text(id));
    if (found === null) throw new AnswerError('customer-not-found', `no customer "${id}" in the CRM`);
    return new JsonText(found);
  }

  /** What is found once the view has all that the log has now. */
  async #afterCatchUp<T>(find: () => T): Promise<T> {
    const { view, seeding } = this.#options;
    // a customer that is not there yet must not be told from one that is not: the answer would be final
    if (!seeding.isSettled) throw new TransportError('unavailable', 'the samples are being put in place');
    if (await view.caughtUp(CATCH_UP_MS)) return find();
    throw new TransportError('unavailable', 'the customers on the log are not all read yet');
  }
}
