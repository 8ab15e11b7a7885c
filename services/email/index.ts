// The email service: writes to customers whose orders are paid.
import { orderEmail, orderEmails } from '../../core/mod.ts';
import { DocumentFiles } from '../platform/document-files.ts';
import { serveFold } from '../platform/host/folds.ts';
import { type Processor, runLoop } from '../platform/host/loop.ts';
import { serveWorkflows } from '../platform/host/workflows.ts';
import type { Logger } from '../platform/log.ts';
import { type Part, type Platform, type Service, serviceOf } from '../platform/service.ts';
import { Deliveries } from './deliveries.ts';
import { OutboxWriter } from './outbox.ts';
import { openMailServer } from './smtp.ts';
import { SmtpSender } from './smtp-sender.ts';

const NAME = 'email-service';
const MAIL_SENDER = 'mail-sender';

/**
 * The email service: joins orders and payments, runs `order-email`, which asks the CRM, and writes each mail to the
 * outbox or sends it. No REST. What is running when it can't start is stopped again.
 */
export async function startEmailService(platform: Platform): Promise<Service> {
  const { settings, backing, stopping } = platform;
  const logger = platform.logger.child({ service: NAME });
  const parts: Record<string, Part> = {};
  try {
    const sender = await openSender(platform, logger);
    const shared = {
      backing,
      logger,
      partitions: settings.partitions,
      acceptLostJobs: settings.acceptLostJobs,
      stopping,
    };
    parts.join = await serveFold(orderEmails, { ...shared, group: orderEmails.name });
    const workflows = { ...shared, group: 'email-workflows', maxOpenJobs: settings.openJobs };
    parts.workflows = await serveWorkflows([orderEmail], workflows);
    const loop = runLoop(sender.processor, { transport: backing.transport, logger });
    parts[MAIL_SENDER] = {
      readiness: () => sender.problem() ?? loop.readiness(),
      stop: async () => {
        await loop.stop();
        sender.close();
      },
    };
  } catch (error) {
    await serviceOf(NAME, parts).stop();
    throw error;
  }
  return serviceOf(NAME, parts);
}

interface Sender {
  readonly processor: Processor;
  /** Why no mail goes out; null where its loop's own readiness says all. */
  problem(): string | null;
  close(): void;
}

/** With a mail server: by SMTP. Without: files in the outbox, which instances of one group must share. */
async function openSender(
  { settings: { smtpUrl, outboxDir, mailFrom } }: Platform,
  logger: Logger,
): Promise<Sender> {
  if (smtpUrl === null) {
    const files = await DocumentFiles.open(outboxDir, 'eml');
    const processor = new OutboxWriter(MAIL_SENDER, files, mailFrom, logger);
    return { processor, problem: () => null, close: () => {} };
  }
  const server = openMailServer(smtpUrl, mailFrom);
  const deliveries = new Deliveries(server.send, logger);
  return {
    processor: new SmtpSender(MAIL_SENDER, deliveries, logger),
    problem: () => deliveries.problem,
    close: () => server.close(),
  };
}
