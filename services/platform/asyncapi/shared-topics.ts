// Topics of notifications, and those that every deployment has for itself.
import { Type } from '@sinclair/typebox';
import { NOTIFICATIONS_TOPIC, NotificationRecord, OrderId, topics } from '../../../core/mod.ts';
import { CentralSetting, PublishedSchema, SettingChange } from '../configuration/records.ts';
import { BeatSchema } from '../discovery/beat.ts';
import { keyedBy, type TopicContract } from './contract.ts';
import { CREATED_AT, LATER_AT, order } from './examples.ts';

const service = 'orders-service';
const key = 'stockCheckTimeoutMs';

export const sharedTopics: readonly TopicContract[] = [
  {
    topic: NOTIFICATIONS_TOPIC,
    title: 'Notifications',
    summary:
      'What happens to notifications beyond what their workflows report: attempts, and retries that somebody asked for.',
    domain: 'notifications',
    key: keyedBy('The order’s id.', OrderId),
    messages: [
      {
        name: 'Notification',
        title: 'An attempt, or a retry that was asked for',
        summary: 'The same attempt may be told of twice, after a crash.',
        value: NotificationRecord,
        examples: [
          {
            summary: 'An attempt that failed',
            key: order.id,
            value: {
              event: 'attempted',
              orderId: order.id,
              channel: 'webhook',
              round: 1,
              time: LATER_AT,
              tried: 1,
              outcome: 'failed',
              status: 503,
              reason: 'the receiver answered 503',
            },
          },
          {
            summary: 'A retry',
            key: order.id,
            value: {
              event: 'retry-requested',
              orderId: order.id,
              channel: 'webhook',
              round: 1,
              time: LATER_AT,
              by: 'operator',
            },
          },
        ],
      },
    ],
  },
  {
    topic: topics.instances,
    title: 'Live instances',
    summary:
      'One heartbeat a second and process, with all that runs in it; a deletion says that a process left. An instance is alive while its beats are seen to come, on the reader’s own clock.',
    domain: 'operations',
    key: keyedBy('The process’s id.'),
    messages: [
      {
        name: 'Heartbeat',
        title: 'A process lives',
        summary: 'What data an instance gives beside its health is its service’s own.',
        value: BeatSchema,
        examples: [
          {
            summary: 'One service',
            key: '4f5f1c1e-7a77-4b0e-9f5b-0d5f3c4a8a11',
            value: {
              process: '4f5f1c1e-7a77-4b0e-9f5b-0d5f3c4a8a11',
              version: '0.1.0',
              operationsUrl: 'http://10.0.0.7:9100',
              pid: 4711,
              beat: 12,
              instances: [
                {
                  service: 'crm',
                  instanceId: 'a2b7',
                  url: 'http://10.0.0.7:3008',
                  startedAt: CREATED_AT,
                  health: 'ready',
                  data: {},
                },
              ],
            },
          },
        ],
      },
    ],
  },
  {
    topic: topics.configuration,
    title: 'Configuration',
    summary:
      'Settings that were set centrally, and what services can be told. A deletion unsets. Change it by REST or bun run config: what is written here by hand is put right again.',
    domain: 'operations',
    key: keyedBy('<service>/<key> of a setting; schema:<service> of what a service can be told.'),
    messages: [
      {
        name: 'Setting',
        title: 'A setting',
        summary: 'Change is the number of the change that set it.',
        value: CentralSetting,
        examples: [
          {
            summary: 'A time-out',
            key: `${service}/${key}`,
            value: { service, key, value: 500, by: 'operator', at: LATER_AT, change: 1 },
          },
        ],
      },
      {
        name: 'SettingsSchema',
        title: 'What a service can be told',
        summary: 'The JSON Schema of each of its settings.',
        value: PublishedSchema,
        examples: [
          {
            summary: 'One setting',
            key: `schema:${service}`,
            value: { service, version: '0.1.0', settings: { [key]: { type: 'integer', minimum: 1 } } },
          },
        ],
      },
    ],
  },
  {
    topic: topics.configurationChanges,
    title: 'Configuration changes',
    summary: 'Every change of a setting: who, when, from what to what, and why. Its order is what counts.',
    domain: 'operations',
    key: keyedBy('<service>/<key>.'),
    messages: [
      {
        name: 'SettingChange',
        title: 'A setting was changed',
        summary: 'With ifChange it counts only after that change.',
        value: SettingChange,
        examples: [
          {
            summary: 'The first change',
            key: `${service}/${key}`,
            value: {
              id: '0e7c9b52-2f7b-4bd5-8a44-35d0a9b0c0de',
              service,
              key,
              from: null,
              to: 500,
              by: 'operator',
              at: LATER_AT,
              why: 'the warehouse is slow',
            },
          },
        ],
      },
    ],
  },
];

/** The channel of all topics in which groups keep their jobs. */
export const jobsContract: Omit<TopicContract, 'topic'> = {
  title: 'Jobs of a group',
  summary:
    'With JOB_STORE=kafka: the jobs and states of a consumer group, each as it is now; a deletion forgets one. The group’s own, written in its transactions: no part of the contract. Read workflow-events instead.',
  domain: 'operations',
  key: keyedBy('The workflow-id, or the key of a state.', Type.Unknown()),
  placement: 'The partition of the job.',
  messages: [
    {
      name: 'Job',
      title: 'A job or a state',
      summary: 'Of a form that may change with any version.',
      value: Type.Unknown(),
      examples: [],
    },
  ],
};
