import { billGeneration, type Customer, parseQaIdentifier, qaIdentifierOf } from '../../core/mod.ts';
import { sampleCustomers } from '../../services/crm/samples.ts';
import { customerOf } from '../customers.ts';
import { answerText, sampleRecords, workflowText } from './records.ts';

/** The record that begins the bill of the customer of this number. */
export function workflowTextOf(customer: number, workflowId: string): string {
  return workflowText(workflowId, customerOf(customer));
}

/** What the CRM would answer to that bill's question: the customer is like one of the samples. */
export function answerTextOf(customer: number, workflowId: string): string {
  const qaIdentifier = qaIdentifierOf({ workflowType: billGeneration.type, workflowId, step: STEP });
  const sample = sampleCustomers[customer % sampleCustomers.length] as Customer;
  return answerText(qaIdentifier, customerOf(customer), sample);
}

/** The step that asks for the customer, as the core asks it. */
const STEP = stepOf(sampleRecords()[0]?.question);

function stepOf(question: string | undefined): number {
  const { qaIdentifier = '' } = JSON.parse(question ?? '{}') as { qaIdentifier?: string };
  const ref = parseQaIdentifier(qaIdentifier);
  if (ref === null) throw new Error('a bill asks no question: the bench must follow the core');
  return ref.step;
}
