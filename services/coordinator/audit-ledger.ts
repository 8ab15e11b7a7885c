// The question ledger, kept along in a file of its own from the first time that somebody asks for an audit.
import type { Transport, WorkflowFacts } from '../../core/mod.ts';
import { AUDITED_TOPICS } from '../../core/mod.ts';
import { factsOf, foldIntoLedger, LEDGER_DDL, LEDGER_VERSION } from '../platform/audit/ledger-tables.ts';
import type { Logger } from '../platform/log.ts';
import { openView, type View, viewFile } from '../platform/view/index.ts';

export interface AuditLedgerOptions {
  readonly transport: Transport;
  readonly dataDir: string;
  /** Where the coordinator listens: tells the files of several apart. */
  readonly port: number;
  readonly partitions: number;
  readonly logger: Logger;
}

/**
 * What the log says of each workflow's questions. Folding it costs as much as the topics have records, so that nothing
 * is read until an audit is asked for; from then on it follows the log.
 */
export class AuditLedger {
  readonly #options: AuditLedgerOptions;
  #opening: Promise<View> | null = null;

  constructor(options: AuditLedgerOptions) {
    this.#options = options;
  }

  /** Waits until it has all that is on the log now; false where it has not within the time. Throws `TransportError`. */
  async caughtUp(timeoutMs: number): Promise<boolean> {
    return (await this.#view()).caughtUp(timeoutMs);
  }

  /** What is known of these workflows, by workflow-id. */
  async facts(workflowIds: readonly string[]): Promise<Map<string, WorkflowFacts>> {
    return factsOf((await this.#view()).db, workflowIds);
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close();
  }

  #view(): Promise<View> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = null; // the next one who asks tries again
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<View> {
    const { transport, dataDir, port, partitions, logger } = this.#options;
    return await openView({
      transport,
      file: viewFile(dataDir, 'coordinator-audit', port),
      version: LEDGER_VERSION,
      ddl: LEDGER_DDL,
      topics: AUDITED_TOPICS,
      apply: (db, records) => foldIntoLedger(db, records, partitions),
      logger,
    });
  }
}
