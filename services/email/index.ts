// The email service: writes to customers whose orders are paid.
import { orderEmail, orderEmails } from '../../core/mod.ts';
import { serveFold } from '../platform/host/folds.ts';
import { onPlatform } from '../platform/host/on-platform.ts';
import { serveWorkflows } from '../platform/host/workflows.ts';
import { mailsOf, startMailSender } from '../platform/mail/index.ts';
import { type Part, type Platform, type Service, serviceOf } from '../platform/service.ts';

const NAME = 'email-service';
const MAIL_SENDER = 'mail-sender';

/**
 * The email service: joins orders and payments, runs `order-email`, which asks the CRM, and writes each mail to the
 * outbox or sends it. No REST. What is running when it can't start is stopped again.
 */
export async function startEmailService(platform: Platform): Promise<Service> {
  const { settings } = platform;
  const logger = platform.logger.child({ service: NAME });
  const shared = onPlatform(platform, logger);
  const parts: Record<string, Part> = {};
  try {
    parts.join = await serveFold(orderEmails, { ...shared, group: orderEmails.name });
    const workflows = { ...shared, group: 'email-workflows', maxOpenJobs: settings.openJobs };
    parts.workflows = await serveWorkflows([orderEmail], workflows);
    parts[MAIL_SENDER] = await startMailSender(platform, {
      group: MAIL_SENDER,
      find: mailsOf(orderEmail.type),
      outboxDir: settings.outboxDir,
      logger,
    });
  } catch (error) {
    await serviceOf(NAME, parts).stop();
    throw error;
  }
  return serviceOf(NAME, parts);
}
