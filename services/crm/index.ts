import { Value } from '@sinclair/typebox/value';
import {
  AnswerError,
  type Customer,
  Identifier,
  type Json,
  type OutgoingRecord,
  partitionFor,
  TransportError,
  topicSpecs,
  topics,
} from '../../core/mod.ts';
import { serveAnswers } from '../platform/host/answers.ts';
import { createHttp, listen } from '../platform/http/index.ts';
import type { Platform, Readiness, Service } from '../platform/service.ts';
import { openView, type View, viewFile } from '../platform/view/index.ts';
import {
  CUSTOMER_VIEW_DDL,
  CUSTOMER_VIEW_VERSION,
  Customers,
  foldCustomers,
  SEED_HEADER,
} from './customer-view.ts';
import { addRoutes } from './routes.ts';
import { sampleCustomers } from './samples.ts';

const CATCH_UP_MS = 10_000;

/** The CRM: keeps customers, and answers questions of category `customer`. */
export async function startCrm({ settings, backing, logger }: Platform): Promise<Service> {
  const log = logger.child({ service: 'crm' });
  const { partitions } = settings;
  await backing.transport.createTopics(topicSpecs(partitions));
  const view = await openView({
    transport: backing.transport,
    file: viewFile(settings.dataDir, 'crm', settings.crmPort),
    version: CUSTOMER_VIEW_VERSION,
    ddl: CUSTOMER_VIEW_DDL,
    topics: [topics.customers],
    apply: foldCustomers,
    logger: log,
  });
  const customers = new Customers(view.db);
  const publish = (customer: Customer, headers: Record<string, string> = {}): OutgoingRecord => {
    const key = customer.customerIdentifier;
    return {
      topic: topics.customers,
      partition: partitionFor(key, partitions),
      key,
      value: JSON.stringify(customer),
      headers,
    };
  };
  const ends = await backing.transport.endOffsets(topics.customers);
  if (ends.every((end) => end === 0)) {
    await backing.transport.publish(
      sampleCustomers.map((customer) => publish(customer, { [SEED_HEADER]: '1' })),
    );
    log.info({ count: sampleCustomers.length }, 'put the sample customers on the log');
  }
  await view.caughtUp(CATCH_UP_MS);
  const answers = await serveAnswers(
    { customer: (payload) => answer(payload, customers, view) },
    { backing, logger: log, partitions, group: 'crm' },
  );
  const readiness = async (): Promise<Readiness> => {
    const checks = { answers: answers.readiness(), view: view.readiness() };
    return { ready: answers.readiness() === 'running' && (await view.caughtUp(1000)), checks };
  };
  const app = createHttp({
    name: 'crm',
    title: 'CRM',
    description: 'Customers, and answers to questions about them.',
    logger: log,
    readiness,
  });
  const store = async (customer: Customer): Promise<void> => {
    await backing.transport.publish([publish(customer)]);
    if (!(await view.caughtUp(CATCH_UP_MS)))
      throw new TransportError(
        'unavailable',
        'the customer is on the log, but the view did not reach it in time',
      );
  };
  const listening = listen(addRoutes(app, customers, store), settings.host, settings.crmPort);
  return {
    name: 'crm',
    url: listening.url,
    readiness,
    stop: async () => {
      await listening.stop();
      await answers.stop();
      await view.close();
    },
  };
}

/** The answer to one question: only what the log has by now counts as unknown. */
async function answer(payload: Json, customers: Customers, view: View): Promise<Customer> {
  const id = (payload as { customerIdentifier?: unknown } | null)?.customerIdentifier;
  if (!Value.Check(Identifier, id))
    throw new AnswerError(
      'bad-question',
      'a question of category "customer" needs a customerIdentifier, 1 to 256 characters',
    );
  const known = customers.find(id);
  if (known !== null) return known;
  if (!(await view.caughtUp(CATCH_UP_MS)))
    throw new TransportError('unavailable', 'the customers are not read to their end yet');
  const created = customers.find(id);
  if (created === null) throw new AnswerError('customer-not-found', `the CRM knows no customer "${id}"`);
  return created;
}
