import { Value } from '@sinclair/typebox/value';
import { decode, type IncomingRecord, JobReport, OrderMail } from '../../../core/mod.ts';

/** A mail as the log has it. */
export interface LoggedMail {
  readonly workflowId: string;
  readonly mail: OrderMail;
}

/** What a record of `workflow-events` is to a mail sender: a mail, refused with a reason, or not ours (null). */
export type FoundMail = LoggedMail | { readonly refused: string; readonly detail: string } | null;

/** Finds the mails that completed workflows of one type leave on `workflow-events`. */
export function mailsOf(workflowType: string): (record: IncomingRecord) => FoundMail {
  return (record) => {
    const report = decode<JobReport>(record.value, JobReport);
    if (!report.ok) return { refused: report.reason, detail: report.detail };
    if (report.value['workflow-type'] !== workflowType) return null;
    const completed = report.value.events.find((event) => event.event === 'completed');
    if (completed === undefined) return null;
    const mail = completed.result;
    return Value.Check(OrderMail, mail)
      ? { workflowId: report.value['workflow-id'], mail }
      : { refused: 'invalid-mail', detail: 'the completed workflow has no mail of the known shape' };
  };
}

/** A mail as nodemailer takes it: with Message-ID and date of its own, so that its bytes are the same each time. */
export interface Message {
  readonly from: string;
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly date: Date;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A mail is text and nothing else: no part of it may name a file or a URL. */
  readonly disableFileAccess: true;
  readonly disableUrlAccess: true;
}

export function messageOf({ to, subject, text, date, messageId }: OrderMail, from: string): Message {
  return {
    from,
    to: { name: '', address: to },
    subject,
    text,
    date: new Date(date),
    messageId,
    // so that no absence notice comes back (RFC 3834)
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
