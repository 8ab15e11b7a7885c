import { createTransport } from 'nodemailer';
import type { OrderMail } from '../../../core/mod.ts';
import { messageOf } from './mail.ts';

/** What became of one attempt to send a mail. */
export type Verdict =
  | { readonly kind: 'sent' }
  /** The server won't have this mail, ever. */
  | { readonly kind: 'refused'; readonly reply: string }
  /** The server won't have this mail now (4xx). */
  | { readonly kind: 'deferred'; readonly reply: string }
  /** The server takes no mail at all now: no connection, no sign-in, or it will not have us as a sender. */
  | { readonly kind: 'away'; readonly reason: string };

/** Sends one mail. Never rejects. */
export type SendMail = (mail: OrderMail) => Promise<Verdict>;

export interface MailServer {
  readonly send: SendMail;
  /** Gives up what is being sent. */
  close(): void;
}

/** Mails that are sent at once, each over a connection of its own. */
const CONNECTIONS = 4;
const CONNECT_MS = 10_000;
/** So long the server may be silent, once connected. */
const SILENCE_MS = 60_000;

/** A mail server at `smtp://user:password@host:port` (`smtps` for TLS from the start), over a few connections kept open. */
export function openMailServer(url: string, from: string): MailServer {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: CONNECTIONS,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
  });
  const send: SendMail = async (mail) => {
    try {
      await transport.sendMail(messageOf(mail, from));
      return { kind: 'sent' };
    } catch (error) {
      return verdictOf(error as SmtpError);
    }
  };
  return { send, close: () => transport.close() };
}

/** What nodemailer adds to its errors. */
export interface SmtpError extends Error {
  readonly code?: string;
  /** The reply's number, where the server has replied. */
  readonly responseCode?: number;
  readonly response?: string;
  /** What the reply was to: `CONN`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA`. */
  readonly command?: string;
}

/** The server closes the connection. */
const CLOSING = 421;
/** It wants a sign-in, or a better one: nothing about this mail. */
const SIGN_IN: readonly number[] = [530, 534, 535, 538];
/** More than the server's limit for one mail, told when the mail is announced. */
const TOO_LARGE = 552;

/**
 * Whether an error is about this mail or about all of them. Only a reply to its recipient or its content is about the
 * mail; were a refused sender or sign-in taken for that too, a wrong setting would send every mail to the dead letters.
 */
export function verdictOf({ code, responseCode, response, command, message }: SmtpError): Verdict {
  const reply = response ?? message;
  if (responseCode === undefined) {
    // nodemailer itself refuses what SMTP can't carry: such a recipient, or so large a mail
    const isMails = code === 'EENVELOPE' || code === 'EMESSAGE';
    return isMails ? { kind: 'refused', reply } : { kind: 'away', reason: message };
  }
  const isAboutMail = command === 'RCPT TO' || command === 'DATA' || responseCode === TOO_LARGE;
  if (!isAboutMail || responseCode === CLOSING || SIGN_IN.includes(responseCode))
    return { kind: 'away', reason: reply };
  return responseCode >= 500 ? { kind: 'refused', reply } : { kind: 'deferred', reply };
}
