import { Type } from '@sinclair/typebox';
import {
  BillNumberRequest,
  BillRun,
  BillRunPart,
  billRunHash,
  Customer,
  numberingTopics,
  ReplayMark,
  RunCommand,
  topics,
} from '../../../core/mod.ts';
import { keyedBy, type TopicContract } from './contract.ts';
import { CREATED_AT, customer, LATER_AT } from './examples.ts';

const run = { customerIdentifiers: ['2', '4', '5'] };
const hash = billRunHash(run);

const billingRuns: TopicContract = {
  topic: topics.billingRuns,
  title: 'Bill runs',
  summary:
    'Runs as they were accepted: the identifiers in parts, then the run. The first record of a run-id in log order counts; every record stays readable for a week, so that it is seen which that was.',
  domain: 'billing',
  key: keyedBy('The run-id; of a part <run-id>/<content-hash>/<part>.'),
  placement: 'The partition of the run-id, for the run’s parts too.',
  messages: [
    {
      name: 'BillRun',
      title: 'A run',
      summary: 'Written after its parts: the run exists once this is there.',
      value: BillRun,
      examples: [
        {
          summary: 'A run of three customers',
          key: 'run-1',
          value: {
            'run-id': 'run-1',
            'create-time': CREATED_AT,
            'content-hash': hash,
            count: 3,
            parts: 1,
          },
        },
      ],
    },
    {
      name: 'BillRunPart',
      title: 'Some of a run’s customers',
      summary: 'Parts hold the identifiers in order.',
      value: BillRunPart,
      examples: [
        {
          summary: 'All three customers',
          key: `run-1/${hash}/0`,
          value: {
            'run-id': 'run-1',
            'content-hash': hash,
            part: 0,
            identifiers: run.customerIdentifiers,
          },
        },
      ],
    },
  ],
};

const commandHead = { 'run-id': 'run-1', time: LATER_AT, by: 'anonymous' };

const runCommands: TopicContract = {
  topic: topics.runCommands,
  title: 'Commands to runs',
  summary:
    'What was wanted of each run, by whom and when, and how much of it may be published. In the run’s partition, so that their order is the same for everybody; nothing is compacted, since what a command does follows from all before it.',
  domain: 'billing',
  key: keyedBy('The run-id.'),
  placement: 'The partition of the run-id.',
  messages: [
    {
      name: 'RunCommand',
      title: 'A command to a run',
      summary:
        'pause, resume, cancel and retry come from people, release from the coordinator that owns the partition. The first cancel is final; a release counts while the run is running.',
      value: RunCommand,
      examples: [
        {
          summary: 'Publish nothing more of a run',
          key: 'run-1',
          value: { ...commandHead, id: '8d9c6f0e-5b7e-4f0e-9a51-0d1f6d1f2c11', command: 'pause' },
        },
        {
          summary: 'A failed workflow is asked for anew, and two parked jobs go on',
          key: 'run-1',
          value: {
            ...commandHead,
            id: '0b9f2c55-54a3-4a0e-8a35-6e9b0a3d7a02',
            command: 'retry',
            failed: ['run-1_4'],
            parked: 2,
          },
        },
        {
          summary: 'The first 4,100 workflows may be published',
          key: 'run-1',
          value: { ...commandHead, by: 'coordinator', id: 'run-1-4100', command: 'release', 'up-to': 4_100 },
        },
      ],
    },
  ],
};

const customers: TopicContract = {
  topic: topics.customers,
  title: 'Customers',
  summary: 'The CRM’s customers, each as it is now.',
  domain: 'billing',
  key: keyedBy('The customer’s identifier.'),
  messages: [
    {
      name: 'Customer',
      title: 'A customer',
      summary: 'With everything that a bill needs. The record’s key is its customerIdentifier.',
      value: Customer,
      examples: [{ summary: 'A customer', key: customer.customerIdentifier, value: customer }],
    },
  ],
};

const numberRequests: TopicContract = {
  topic: numberingTopics.billNumberRequests,
  title: 'Bills that want a number',
  summary:
    'Questions of the category bill-number, put under the series that counts them, so that one owner gives its numbers, without a gap.',
  domain: 'billing',
  key: keyedBy(
    'The series: the issuer’s tax id and the year, as IE0000000A-2026.',
    Type.String({ pattern: '^[A-Z0-9+*]{1,40}-[0-9]{4}$' }),
  ),
  messages: [
    {
      name: 'BillNumberRequest',
      title: 'A bill that wants a number',
      summary: 'It says where its answer belongs: the key and the partition number of its question.',
      value: BillNumberRequest,
      examples: [
        {
          summary: 'The bill of a run',
          key: 'IE0000000A-2026',
          value: {
            qaIdentifier: 'bill-generation/run-1_2/1',
            key: 'run-1_2',
            partition: 3,
            payload: { issuer: 'IE0000000A', year: '2026', bill: hash },
          },
        },
      ],
    },
  ],
};

const NUMBER = '^[0-9]{1,15}$';
const origin = 'Of the record that was refused; missing where what was refused was no record as it came.';

const deadLetters: TopicContract = {
  topic: topics.deadLetters,
  title: 'Dead letters',
  summary:
    'Records that could not be processed, byte for byte as they came, with headers that say why. Evidence: nothing is ever trimmed from it.',
  domain: 'billing',
  key: keyedBy('The key that the record came with, which may be none, or no text.', Type.Unknown()),
  placement: 'The partition number on which the record was.',
  messages: [
    {
      name: 'DeadLetter',
      title: 'A record that was refused',
      summary:
        'Its value is whatever came: not always JSON, and not always text. Headers that it came with are kept beside these.',
      value: Type.Unknown(),
      headers: {
        'requite-reason': {
          description: 'Why, for programs: lower case with hyphens, such as invalid-json.',
          pattern: '^[a-z0-9-]+$',
          isRequired: true,
        },
        'requite-detail': { description: 'Why, in a sentence for people.', isRequired: true },
        'requite-origin-topic': { description: 'The topic that it came on.', isRequired: true },
        'requite-origin-partition': { description: origin, pattern: NUMBER },
        'requite-origin-offset': { description: origin, pattern: NUMBER },
        'requite-left-out': {
          description:
            'Key, value and headers are not here, as the record is too large: it lies on its own topic.',
        },
      },
      examples: [
        {
          summary: 'Text that is no JSON, from questions-topic',
          key: 'guest-1',
          value: 'not JSON',
          headers: {
            'requite-reason': 'invalid-json',
            'requite-detail': 'the value is not JSON',
            'requite-origin-topic': topics.questions,
            'requite-origin-partition': '3',
            'requite-origin-offset': '17',
          },
        },
      ],
    },
  ],
};

const replays: TopicContract = {
  topic: topics.deadLetterReplays,
  title: 'Replays of dead letters',
  summary: 'Which dead letters were put back to where they came from, and when last.',
  domain: 'billing',
  key: keyedBy(
    'Partition and offset of the letter, as partition/offset.',
    Type.String({ pattern: '^[0-9]{1,9}/[0-9]{1,15}$' }),
  ),
  placement: 'The partition number of the letter.',
  messages: [
    {
      name: 'ReplayMark',
      title: 'A dead letter was replayed',
      summary: 'Topic is where the record went.',
      value: ReplayMark,
      examples: [
        {
          summary: 'A letter was put back on questions-topic',
          key: '3/17',
          value: { partition: 3, offset: 17, topic: topics.questions, time: LATER_AT },
        },
      ],
    },
  ],
};

export const billingTopics: readonly TopicContract[] = [
  billingRuns,
  runCommands,
  customers,
  numberRequests,
  deadLetters,
  replays,
];
