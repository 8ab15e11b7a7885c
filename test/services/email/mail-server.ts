import { SMTPServer } from 'smtp-server';

export interface Received {
  readonly to: string;
  /** From its header, brackets included. */
  readonly messageId: string;
  readonly text: string;
}

/** What a mail server answers: undefined accepts; else the reply's number and words. */
interface Reply {
  readonly code: number;
  readonly text: string;
}

export interface MailServerOptions {
  /** Default: any free port. */
  readonly port?: number;
  readonly onRecipient?: (address: string) => Reply | undefined;
  readonly onSender?: () => Reply | undefined;
  /** Awaited when a mail is there, before it is accepted or refused. */
  readonly onMail?: (mail: Received) => Promise<Reply | undefined> | Reply | undefined;
}

const errorOf = ({ code, text }: Reply): Error => Object.assign(new Error(text), { responseCode: code });

/** A mail server that keeps what it gets. */
export class TestMailServer {
  readonly received: Received[] = [];
  readonly port: number;
  readonly #server: SMTPServer;

  private constructor(server: SMTPServer, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start({
    port = 0,
    onRecipient,
    onSender,
    onMail,
  }: MailServerOptions = {}): Promise<TestMailServer> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      closeTimeout: 100,
      onMailFrom: (_address, _session, callback) => {
        const reply = onSender?.();
        callback(reply === undefined ? null : errorOf(reply));
      },
      onRcptTo: ({ address }, _session, callback) => {
        const reply = onRecipient?.(address);
        callback(reply === undefined ? null : errorOf(reply));
      },
      onData: (stream, session, callback) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const to = session.envelope.rcptTo[0]?.address ?? '';
          const mail = { to, messageId: /^Message-ID: (.*)\r$/im.exec(text)?.[1] ?? '', text };
          void Promise.resolve(onMail?.(mail)).then((reply) => {
            if (reply === undefined) tested.received.push(mail);
            callback(reply === undefined ? null : errorOf(reply));
          });
        });
      },
    });
    // a client that goes away in the middle is what some tests are about
    server.on('error', () => {});
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const address = server.server.address();
    const tested = new TestMailServer(server, typeof address === 'object' ? (address?.port ?? 0) : 0);
    return tested;
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** The Message-IDs received so far, each as often as it came, sorted. */
  messageIds(): string[] {
    return this.received.map(({ messageId }) => messageId).sort();
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
