// Mails that workflows leave on the log, sent by whichever service they are of.
import { DocumentFiles } from '../document-files.ts';
import { type Processor, runLoop } from '../host/loop.ts';
import type { Logger } from '../log.ts';
import type { Part, Platform } from '../service.ts';
import { Deliveries } from './deliveries.ts';
import { type MailsToSend, OutboxWriter } from './outbox.ts';
import { openMailServer } from './smtp.ts';
import { SmtpSender } from './smtp-sender.ts';

export { mailsOf } from './mail.ts';
export type { MailEnd } from './outbox.ts';

export interface MailSenderOptions extends MailsToSend {
  readonly logger: Logger;
  /** Where mails are files, where there is no mail server. Instances of one group must share it. */
  readonly outboxDir: string;
}

/** Sends mails until stopped: with a mail server by SMTP, else as files in the outbox. */
export async function startMailSender(platform: Platform, options: MailSenderOptions): Promise<Part> {
  const { backing, metrics } = platform;
  const { logger } = options;
  const sender = await openSender(platform, options);
  const loop = runLoop(sender.processor, { transport: backing.transport, logger, metrics });
  return {
    readiness: () => sender.problem() ?? loop.readiness(),
    stop: async () => {
      await loop.stop();
      sender.close();
    },
  };
}

interface Sender {
  readonly processor: Processor;
  /** Why no mail goes out; null where its loop's own readiness says all. */
  problem(): string | null;
  close(): void;
}

async function openSender(
  { settings: { smtpUrl, mailFrom }, telemetry }: Platform,
  { logger, outboxDir, ...mails }: MailSenderOptions,
): Promise<Sender> {
  if (smtpUrl === null) {
    const files = await DocumentFiles.open(outboxDir, 'eml');
    const processor = new OutboxWriter(mails, files, mailFrom, logger, telemetry);
    return { processor, problem: () => null, close: () => {} };
  }
  const server = openMailServer(smtpUrl, mailFrom);
  const deliveries = new Deliveries(server.send, logger);
  return {
    processor: new SmtpSender(mails, deliveries, logger, telemetry),
    problem: () => deliveries.problem,
    close: () => server.close(),
  };
}
