// The topics of questions, answers and workflows. Every workflow type and category has a message of its own beside the general one.
import { type TSchema, Type } from '@sinclair/typebox';
import {
  AnswerMessage,
  billGeneration,
  billPreview,
  CHARGES_CATEGORY,
  Charges,
  ChargesQuestion,
  CUSTOMER_CATEGORY,
  Customer,
  Identifier,
  JobReport,
  mailNotification,
  ORDER_VALIDATION_TYPE,
  Order,
  orderBilling,
  orderEmail,
  QuestionMessage,
  qaIdentifierOf,
  topics,
  WEBHOOK_CATEGORY,
  WebhookAttempt,
  WebhookQuestion,
  WorkflowCommand,
  WorkflowMessage,
  webhookNotification,
} from '../../../core/mod.ts';
import { keyedBy, type MessageContract, narrowed, type TopicContract } from './contract.ts';
import { CREATED_AT, customer, LATER_AT, order, payment, TRACE, WEBHOOK_ID } from './examples.ts';

const RUN_BILL = 'run-1_2';

const workflowMessage = (name: string, type: string, input: TSchema, sample: Sample): MessageContract => ({
  name,
  title: `Workflow ${type}`,
  summary: sample.summary,
  value: narrowed(WorkflowMessage, { 'workflow-type': Type.Literal(type), payload: input }),
  examples: [
    {
      summary: type,
      key: sample.id,
      headers: TRACE,
      value: {
        'workflow-type': type,
        'workflow-id': sample.id,
        'create-time': CREATED_AT,
        payload: sample.payload,
      },
    },
  ],
});

interface Sample {
  readonly id: string;
  readonly summary: string;
  readonly payload: unknown;
}

const queue: TopicContract = {
  topic: topics.workflowQueue,
  title: 'Workflows to run',
  summary:
    'Asks that a workflow be run. A workflow-id makes one job, ever: the same type and payload again are a repeat, others a conflict, kept in dead-letters.',
  domain: 'billing',
  key: keyedBy('The workflow-id.'),
  messages: [
    {
      name: 'Workflow',
      title: 'A workflow of any type',
      summary:
        'The payload is what the type’s definition takes as input. A type that no running service defines is left alone.',
      value: WorkflowMessage,
      examples: [
        {
          summary: 'A type of your own',
          key: 'guest-1',
          value: {
            'workflow-type': 'greeting',
            'workflow-id': 'guest-1',
            'create-time': CREATED_AT,
            payload: { guest: 'Zoé' },
          },
        },
      ],
    },
    workflowMessage('BillGeneration', billGeneration.type, billGeneration.input, {
      id: RUN_BILL,
      summary: 'One customer’s bill of a run. Its workflow-id is <run-id>_<customer>.',
      payload: { customerIdentifier: '2', billDate: '2026-03-01' },
    }),
    workflowMessage('OrderBilling', orderBilling.type, orderBilling.input, {
      id: 'run-2_2',
      summary: 'A customer’s bill of what was shipped in a period.',
      payload: { customerIdentifier: '2', period: { from: '2026-02-01', to: '2026-03-01' } },
    }),
    workflowMessage('BillPreview', billPreview.type, billPreview.input, {
      id: 'preview-20260301-090000-k3f9q2x8ab-1-5f0c2ab9.001_2',
      summary: 'One customer’s bill as it would be. It is of no run, and ends with data that are no bill.',
      payload: { customerIdentifier: '2', billDate: '2026-03-01' },
    }),
    workflowMessage('OrderValidationWorkflow', ORDER_VALIDATION_TYPE, Order, {
      id: order.id,
      summary: 'Waits for the three checks of an order. Its workflow-id is the order’s id.',
      payload: order,
    }),
    workflowMessage('OrderEmailWorkflow', orderEmail.type, orderEmail.input, {
      id: `email-${order.id}`,
      summary: 'Writes the mail of an order that is paid.',
      payload: { order, payment },
    }),
    workflowMessage('MailNotification', mailNotification.type, mailNotification.input, {
      id: `notification-mail-${order.id}`,
      summary: 'Tells a customer by mail of the order that was placed.',
      payload: { order, round: 1 },
    }),
    workflowMessage('WebhookNotification', webhookNotification.type, webhookNotification.input, {
      id: `notification-webhook-${order.id}`,
      summary: 'Tells a webhook of the order that was placed, trying again until it gets through.',
      payload: { order, round: 1 },
    }),
  ],
};

const commands: TopicContract = {
  topic: topics.workflowCommands,
  title: 'Commands to jobs',
  summary: 'What somebody wants done to a job: to un-park it, or to end it.',
  domain: 'billing',
  key: keyedBy('The workflow-id.'),
  messages: [
    {
      name: 'Command',
      title: 'A command to a job',
      summary: 'To a job that is not parked, or has ended, it changes nothing.',
      value: WorkflowCommand,
      examples: [
        {
          summary: 'Retry a parked job',
          key: RUN_BILL,
          value: { 'workflow-type': billGeneration.type, 'workflow-id': RUN_BILL, command: 'retry' },
        },
      ],
    },
  ],
};

const ids = {
  customer: qaIdentifierOf({ workflowType: billGeneration.type, workflowId: RUN_BILL, step: 0 }),
  charges: qaIdentifierOf({ workflowType: orderBilling.type, workflowId: 'run-2_2', step: 1 }),
  webhook: qaIdentifierOf({
    workflowType: webhookNotification.type,
    workflowId: `notification-webhook-${order.id}`,
    step: 0,
  }),
};

interface Category {
  readonly name: string;
  readonly category: string;
  readonly id: string;
  readonly key: string;
  readonly asks: string;
  readonly question: { readonly payload: TSchema; readonly sample: unknown };
  readonly answer: { readonly payload: TSchema; readonly sample: unknown };
}

/** What our services ask each other, by category. */
const categories: readonly Category[] = [
  {
    name: 'Customer',
    category: CUSTOMER_CATEGORY,
    id: ids.customer,
    key: RUN_BILL,
    asks: 'who a customer is, and what is to be billed. The CRM answers',
    question: {
      payload: Type.Object({ customerIdentifier: Identifier }),
      sample: { customerIdentifier: '2' },
    },
    answer: { payload: Customer, sample: customer },
  },
  {
    name: 'Charges',
    category: CHARGES_CATEGORY,
    id: ids.charges,
    key: 'run-2_2',
    asks: 'what was shipped to a customer in a period. The Orders service answers',
    question: {
      payload: ChargesQuestion,
      sample: { customerIdentifier: '2', period: { from: '2026-02-01', to: '2026-03-01' } },
    },
    answer: {
      payload: Charges,
      sample: {
        customerIdentifier: '2',
        lines: [
          {
            orderId: 'order-0',
            description: 'JUMPERS',
            quantity: 1,
            unitPrice: '75.00',
            date: '2026-02-11',
          },
        ],
      },
    },
  },
  {
    name: 'Webhook',
    category: WEBHOOK_CATEGORY,
    id: ids.webhook,
    key: `notification-webhook-${order.id}`,
    asks: 'for one attempt to reach the webhook’s receiver. The notification service answers what came of it',
    question: {
      payload: WebhookQuestion,
      sample: { id: WEBHOOK_ID, tried: 1, body: '{"type":"order.placed"}' },
    },
    answer: {
      payload: WebhookAttempt,
      sample: {
        outcome: 'failed',
        status: 503,
        reason: 'the receiver answered 503',
        retryAfterMs: null,
        policy: { attempts: 10, backoffMs: 1_000, maxBackoffMs: 60_000 },
      },
    },
  },
];

const questionOf = ({ name, category, id, key, asks, question }: Category): MessageContract => ({
  name: `${name}Question`,
  title: `Question of category ${category}`,
  summary: `Asks ${asks}.`,
  value: narrowed(QuestionMessage, { questionCategory: Type.Literal(category), payload: question.payload }),
  examples: [
    {
      summary: category,
      key,
      headers: TRACE,
      value: { qaIdentifier: id, questionCategory: category, payload: question.sample },
    },
  ],
});

const answerOf = ({ name, category, id, key, answer }: Category): MessageContract => ({
  name: `${name}Answer`,
  title: `Answer to a question of category ${category}`,
  summary: 'An answer that does not fit goes to dead-letters, and the job goes on waiting.',
  value: Type.Intersect([
    AnswerMessage,
    Type.Object({ questionCategory: Type.Literal(category), answer: answer.payload }),
  ]),
  examples: [
    {
      summary: category,
      key,
      headers: TRACE,
      value: { qaIdentifier: id, questionCategory: category, answer: answer.sample },
    },
  ],
});

const questions: TopicContract = {
  topic: topics.questions,
  title: 'Questions',
  summary:
    'What workflows ask. An answerer looks at the category only: it leaves alone what is not its own, and gives qaIdentifier back untouched.',
  domain: 'billing',
  key: keyedBy('The id of the workflow that asks.'),
  messages: [
    {
      name: 'Question',
      title: 'A question of any category',
      summary:
        'The same question may come several times: asking again gives the same qaIdentifier and content.',
      value: QuestionMessage,
      examples: [
        {
          summary: 'A category of your own',
          key: 'guest-1',
          value: {
            qaIdentifier: 'greeting/guest-1/0',
            questionCategory: 'language',
            payload: { guest: 'Zoé' },
          },
        },
      ],
    },
    ...categories.map(questionOf),
  ],
};

const answers: TopicContract = {
  topic: topics.answers,
  title: 'Answers',
  summary:
    'What answerers know. The first answer to a question in log order counts; another one that contradicts it goes to dead-letters.',
  domain: 'billing',
  key: keyedBy('The key of the question: the id of the workflow that asked.'),
  placement:
    'The partition number on which the question was. A workflow-id’s partition follows from it, so both are the same; an answer on another partition is moved home.',
  messages: [
    {
      name: 'Answer',
      title: 'An answer of any category',
      summary:
        'It has either answer or error. An error answer is thrown in the workflow, which may catch it.',
      value: AnswerMessage,
      examples: [
        {
          summary: 'An answer',
          key: 'guest-1',
          value: { qaIdentifier: 'greeting/guest-1/0', questionCategory: 'language', answer: 'fr' },
        },
        {
          summary: 'An error answer',
          key: RUN_BILL,
          value: {
            qaIdentifier: ids.customer,
            questionCategory: CUSTOMER_CATEGORY,
            error: { code: 'unknown-customer', message: 'There is no customer "2".' },
          },
        },
      ],
    },
    ...categories.map(answerOf),
  ],
};

const events: TopicContract = {
  topic: topics.workflowEvents,
  title: 'What became of workflows',
  summary:
    'One report for each decision of a job. A report with a revision that was seen already is a repeat. The result of a completed workflow is in its event completed: a bill-generation’s is the bill with the hash of its file.',
  domain: 'billing',
  key: keyedBy('The workflow-id.'),
  messages: [
    {
      name: 'Report',
      title: 'What happened to a job in one decision',
      summary: 'Status says how the job stands after it, events what happened, in order.',
      value: JobReport,
      examples: [
        {
          summary: 'A job began and asked its question',
          key: RUN_BILL,
          headers: TRACE,
          value: {
            'workflow-type': billGeneration.type,
            'workflow-id': RUN_BILL,
            version: 1,
            revision: 1,
            time: LATER_AT,
            status: 'waiting',
            events: [
              { event: 'started', createTime: CREATED_AT },
              {
                event: 'asked',
                step: 0,
                category: CUSTOMER_CATEGORY,
                payload: { customerIdentifier: '2' },
              },
            ],
          },
        },
        {
          summary: 'A job failed',
          key: RUN_BILL,
          value: {
            'workflow-type': billGeneration.type,
            'workflow-id': RUN_BILL,
            version: 1,
            revision: 2,
            time: LATER_AT,
            status: 'failed',
            events: [
              {
                event: 'answered',
                step: 0,
                error: { code: 'unknown-customer', message: 'There is no customer "2".' },
              },
              {
                event: 'failed',
                error: { code: 'unknown-customer', message: 'There is no customer "2".' },
              },
            ],
          },
        },
      ],
    },
  ],
};

export const workflowTopics: readonly TopicContract[] = [queue, commands, questions, answers, events];
