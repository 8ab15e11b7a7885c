import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { billWorkflowId, topics } from '../../core/mod.ts';
import { billIn } from '../../services/engine/bill-writer.ts';
import { DocumentFiles } from '../../services/platform/document-files.ts';
import { customerOf } from '../customers.ts';
import { makeBillsDir } from '../deploy/deployment.ts';
import { incoming, sampleRecords } from '../floor/records.ts';
import { batches, type Part, RUN_ID } from './part.ts';

interface Document {
  readonly id: string;
  readonly text: string;
}

/** Files of bills in a directory of their own: through the class that the bill writer uses, flushed once a batch. */
export async function filesAsWritten(directory: string): Promise<Part> {
  const files = await DocumentFiles.open(makeBillsDir(directory), 'txt');
  return filesPart(async (batch) => {
    await files.writeAll(batch);
  });
}

/** The same files by the same calls, but for those that flush: what is left of the price is the disk's. */
export function filesNotFlushed(directory: string): Part {
  const billsDir = makeBillsDir(directory);
  const pathOf = (id: string): string => join(billsDir, `${id}.txt`);
  return filesPart(async (batch) => {
    const made = batch.map(({ id, text }) => {
      const temporary = join(billsDir, `.requite-${randomUUID()}.tmp`);
      // the bill writer looks first whether the file is there
      if (existsSync(pathOf(id))) throw new Error('a directory of its own has no bills');
      writeFileSync(temporary, text, { flag: 'wx' });
      return { id, temporary };
    });
    for (const { id, temporary } of made) linkSync(temporary, pathOf(id));
    for (const { temporary } of made) rmSync(temporary);
  });
}

/** The same files in the plainest way there is: one after the other, not flushed. */
export function filesPlain(directory: string): Part {
  const billsDir = makeBillsDir(directory);
  return filesPart(async (batch) => {
    for (const { id, text } of batch) writeFileSync(join(billsDir, `${id}.txt`), text, { flag: 'wx' });
  });
}

function filesPart(write: (batch: readonly Document[]) => Promise<void>): Part {
  const texts = sampleTexts();
  const documentOf = (bill: number): Document => ({
    id: billWorkflowId(RUN_ID, customerOf(bill)),
    text: texts[bill % texts.length] ?? '',
  });
  return {
    prepare: (from, count) => {
      const documents = batches(from, count, documentOf);
      return async () => {
        for (const batch of documents) await write(batch);
      };
    },
    close: async () => {},
  };
}

/** The bills of the samples as the core renders them. */
function sampleTexts(): readonly string[] {
  return sampleRecords().map(({ completed }) => {
    const bill = billIn(incoming(topics.workflowEvents, 'a bill', completed));
    if (bill === null || !('text' in bill))
      throw new Error('a completed workflow has no bill: the floor must follow the engine');
    return bill.text;
  });
}
