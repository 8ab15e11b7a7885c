import { topics } from '../messages/topics.ts';
import type { Reader, Transport } from '../messages/transport.ts';
import type { Accuse, Dossier, Told } from './oracle-jobs.ts';
import { hasEnded } from './oracle-jobs.ts';

/** What a view keeps in its file: how far it has read, and what it made of it. One transaction writes both. */
export class ViewFile {
  /** The next offset, by partition. */
  readonly next: number[] = [];
  readonly #revisions: Map<string, number> = new Map();
  /** How often each workflow was seen to end. */
  readonly #ended: Map<string, number> = new Map();
  readonly #countsRepeats: boolean;

  /** `countsRepeats`: counts what it has counted already, a planted fault. */
  constructor(countsRepeats: boolean) {
    this.#countsRepeats = countsRepeats;
  }

  apply(value: unknown): void {
    const { 'workflow-id': id, revision, status } = JSON.parse(String(value)) as Told;
    if (!this.#countsRepeats && revision <= (this.#revisions.get(id) ?? 0)) return;
    this.#revisions.set(id, revision);
    if (hasEnded(status)) this.#ended.set(id, (this.#ended.get(id) ?? 0) + 1);
  }

  /** At rest: each workflow that ended was seen to end once. */
  check(dossiers: Iterable<Dossier>, accuse: Accuse): void {
    for (const { workflowId, end } of dossiers) {
      const count = this.#ended.get(workflowId) ?? 0;
      const must = end === null ? 0 : 1;
      if (count < must) accuse('progress', `the view has not seen ${workflowId} end`);
      if (count > must) accuse(4, `the view has seen ${workflowId} end ${count} times`);
    }
  }
}

/** Reads the reports into the file, for ever; begins again where the log failed. */
export async function runView(transport: Transport, file: ViewFile): Promise<never> {
  for (let reader: Reader | null = null; ; ) {
    try {
      reader ??= await transport.read({
        topics: [topics.workflowEvents],
        from: (_, at) => file.next[at] ?? 0,
      });
      for (const { partition, offset, value } of await reader.poll({ maxRecords: 1_000, waitMs: 0 })) {
        file.next[partition] = offset + 1;
        file.apply(value);
      }
    } catch {
      reader = null; // whatever failed, what is in the file holds: it reads on from there
    }
  }
}
