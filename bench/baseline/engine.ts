import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AnswerMessage,
  billGeneration,
  type Customer,
  issueBill,
  renderBill,
  topics,
  type WorkflowMessage,
} from '../../core/mod.ts';
import { up } from '../stand-in.ts';
import { connect, type Message, type Send } from './kafka.ts';

const { BILLS_DIR: billsDir = '.', BILL_FILES: billFiles } = process.env;

/** The jobs that wait, by question: lost with the process. */
const jobs = new Map<string, WorkflowMessage>();

async function ask(workflow: WorkflowMessage, send: Send): Promise<void> {
  const id = workflow['workflow-id'];
  jobs.set(id, workflow);
  await send(topics.questions, id, {
    qaIdentifier: id,
    questionCategory: 'customer',
    payload: workflow.payload,
  });
}

async function bill(answer: AnswerMessage, send: Send): Promise<void> {
  const job = jobs.get(answer.qaIdentifier);
  if (job === undefined) return;
  jobs.delete(answer.qaIdentifier);
  const workflowId = job['workflow-id'];
  const made = issueBill(answer.answer as Customer, {
    workflowId,
    billDate: job['create-time'].slice(0, 10),
  });
  const text = renderBill(made);
  if (billFiles !== 'off') await writeFile(join(billsDir, `${workflowId}.txt`), text);
  await send(topics.workflowEvents, workflowId, {
    'workflow-type': billGeneration.type,
    'workflow-id': workflowId,
    status: 'completed',
    bill: made,
  });
}

await connect('engine', [topics.workflowQueue, topics.answers], ({ topic, value }: Message, send) =>
  topic === topics.workflowQueue ? ask(JSON.parse(value), send) : bill(JSON.parse(value), send),
);
up();
