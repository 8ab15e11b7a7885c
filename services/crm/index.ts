// The CRM: keeps customers, and answers questions of category `customer`.
import { CUSTOMER_CATEGORY, topics } from '../../core/mod.ts';
import { serveAnswers } from '../platform/host/answers.ts';
import { onPlatform } from '../platform/host/on-platform.ts';
import { prepareTopics } from '../platform/host/prepare.ts';
import { Seeding } from '../platform/host/seeding.ts';
import { type Opened, type Opening, startRestService } from '../platform/http/index.ts';
import type { Platform, Readiness, StartService } from '../platform/service.ts';
import { openView, removeViewFile, viewFile } from '../platform/view/index.ts';
import { CUSTOMER_VIEW_DDL, CUSTOMER_VIEW_VERSION, Customers, foldCustomers } from './customer-view.ts';
import { customerRecord, Registry } from './registry.ts';
import { addRoutes } from './routes.ts';
import { sampleCustomers } from './samples.ts';

const NAME = 'crm';
/** The group whose members share the questions. */
const GROUP = 'crm';
/** The group of the CRMs that could seed. */
const SAMPLES_GROUP = 'crm-samples';
/** How long a start waits for the sample customers, in milliseconds; it then goes on, not ready. */
const SEEDING_MS = 5_000;
/** A customer fits many times; more is no customer. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** Starts the CRM: topics, view, samples, answers, REST. */
export const startCrm: StartService = (platform) =>
  startRestService(
    platform,
    {
      name: NAME,
      title: 'Requite CRM',
      description: 'Customers, and answers to questions about them.',
      port: platform.settings.crmPort,
      bodyLimit: BODY_LIMIT_BYTES,
    },
    (opening) => open(platform, opening),
  );

/** Opens what needs the log, waiting until it answers: topics, view, samples, answers. */
async function open(platform: Platform, { logger, onWaiting, onStop }: Opening): Promise<Opened> {
  const { settings, backing, stopping } = platform;
  const { transport } = backing;
  const { crmPort } = settings;
  const asked = settings.partitions;
  const partitions = await prepareTopics({ transport, partitions: asked, logger, stopping, onWaiting });
  const file = viewFile(settings.dataDir, NAME, crmPort);
  const view = await openView({
    transport,
    file,
    version: CUSTOMER_VIEW_VERSION,
    ddl: CUSTOMER_VIEW_DDL,
    topics: [topics.customers],
    apply: foldCustomers,
    logger,
  });
  // with a free port the next start takes another file: this one would lie there for ever
  if (crmPort === 0) onStop(async () => removeViewFile(file));
  onStop(() => view.close());
  const customers = new Customers(view.db);
  const seeding = new Seeding({
    transport,
    topic: topics.customers,
    group: SAMPLES_GROUP,
    samples: settings.samples ? sampleCustomers.map((each) => customerRecord(each, partitions)) : [],
    logger,
  });
  onStop(() => seeding.stop());
  const registry = new Registry({ transport, view, customers, seeding, partitions });
  const answers = await serveAnswers(
    { [CUSTOMER_CATEGORY]: (payload) => registry.answer(payload) },
    { ...onPlatform(platform, logger), partitions, group: GROUP },
  );
  onStop(() => answers.stop());
  await seeding.settled(SEEDING_MS);
  const readiness = async (): Promise<Readiness> => {
    const samples = seeding.isSettled ? 'in place' : 'being put in place';
    const checks = { view: view.readiness(), answers: answers.readiness(), samples };
    return { ready: seeding.isSettled && checks.view === 'running' && checks.answers === 'running', checks };
  };
  return { addRoutes: (app) => addRoutes(app, registry), readiness };
}
