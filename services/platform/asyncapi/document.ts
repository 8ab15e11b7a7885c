// The AsyncAPI document of the topics: made of the schemas that decode the records and of the lists that make the ACLs.
import type { TopicSpec } from '../../../core/mod.ts';
import { jobsTopicSpec } from '../store/kafka/jobs-topic.ts';
import { DEFAULT_BUS, ourTopicSpecs } from '../topics/ours.ts';
import { topicSettings } from '../transport/kafka/topic-settings.ts';
import {
  COMMON_HEADERS,
  type Domain,
  domains,
  type HeaderContract,
  type MessageContract,
  type TopicContract,
} from './contract.ts';
import { JOBS, jobGroups, topicUses, type Use } from './operations.ts';
import { type JsonSchema, jsonSchemaOf, schemaNames, schemaRef } from './schemas.ts';
import { jobsContract } from './shared-topics.ts';
import { topicContracts } from './topics.ts';

export interface DocumentOptions {
  /** How many each topic has; null where that is not known: then the document does not say. */
  readonly partitions: number | null;
  /** The name of the choreography's bus. Default `events`. */
  readonly eventBus?: string;
}

/** A channel of the document. */
export interface Channel {
  readonly address: string;
  readonly title: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly { readonly name: string }[];
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly bindings: { readonly kafka: Readonly<Record<string, unknown>> };
}

export interface Message {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly contentType: string;
  readonly headers: JsonSchema;
  readonly payload: JsonSchema;
  readonly bindings: { readonly kafka: { readonly key: JsonSchema; readonly bindingVersion: string } };
  readonly examples?: readonly {
    readonly name: string;
    readonly summary: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly payload: unknown;
  }[];
}

export interface Operation {
  readonly action: Use['action'];
  readonly channel: { readonly $ref: string };
  readonly title: string;
  readonly summary: string;
  readonly tags: readonly { readonly name: string }[];
  readonly bindings?: { readonly kafka: Readonly<Record<string, unknown>> };
}

/** AsyncAPI 3.1: https://www.asyncapi.com/docs/reference/specification/v3.1.0 */
export interface AsyncApiDocument {
  readonly asyncapi: '3.1.0';
  readonly id: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly defaultContentType: string;
  readonly servers: Readonly<Record<string, unknown>>;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

/** Of the contract: another where a receiver of today could not read what is sent. */
const CONTRACT_VERSION = '1';
const JSON_TYPE = 'application/json';
const BINDING = '0.5.0';

/** Where a record lies whose topic says nothing else. */
const BY_KEY = 'The partition of its key.';

const DESCRIPTION = `What lies on the topics, who sends it and who receives it. Made of the same schemas that decode the records.

Keys are text. Whoever sends a record chooses its partition: (murmur2(key) & 0x7fffffff) % partitions, as Java’s default
partitioner does. All topics have one partition count, so that what belongs to a workflow or an order has one partition number
everywhere. Fields that a schema does not name are ignored. A value has at most 512 Ki characters and 64 levels. Delivery is at
least once: a record that comes again changes nothing. What can’t be processed goes to dead-letters, with the reason.`;

/** The document of all topics. The same options give the same document. */
export function asyncApiDocument({ partitions, eventBus = DEFAULT_BUS }: DocumentOptions): AsyncApiDocument {
  const contracts = topicContracts(eventBus);
  const specs = new Map(ourTopicSpecs(partitions ?? 1, eventBus).map((spec) => [spec.name, spec]));
  const all: readonly TopicContract[] = [...contracts, { ...jobsContract, topic: JOBS }];
  const messages = all.flatMap((contract) => contract.messages.map((message) => ({ contract, message })));
  const names = schemaNames(messages.map(({ message }) => message));
  return {
    asyncapi: '3.1.0',
    id: 'urn:requite:topics',
    info: {
      title: 'Requite: topics',
      version: CONTRACT_VERSION,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      tags: Object.entries(domains).map(([name, description]) => ({ name, description })),
    },
    defaultContentType: JSON_TYPE,
    servers: {
      log: {
        host: '{brokers}',
        protocol: 'kafka',
        description:
          'Kafka or Redpanda, as BROKERS names it. Without BROKERS the same topics are in a file, $DATA_DIR/requite.db.',
        variables: { brokers: { default: 'localhost:9092', description: 'The first brokers to ask.' } },
      },
    },
    channels: Object.fromEntries(
      all.map((contract) => [
        channelName(contract.topic, eventBus),
        channelOf(
          contract,
          specs.get(contract.topic) ?? jobsTopicSpec('{group}', partitions ?? 1),
          partitions,
        ),
      ]),
    ),
    operations: Object.fromEntries(
      topicUses.map((use) => [
        `${use.service ?? 'every-process'}-${use.action}-${idOf(use.topic)}`,
        operationOf(use, use.topic === DEFAULT_BUS ? eventBus : use.topic),
      ]),
    ),
    components: {
      messages: Object.fromEntries(
        messages.map(({ contract, message }) => [message.name, messageOf(message, contract, names)]),
      ),
      schemas: Object.fromEntries(
        [...names].map(([schema, name]) => [
          name,
          jsonSchemaOf(schema as Parameters<typeof jsonSchemaOf>[0], names),
        ]),
      ),
    },
  };
}

/** Channels are named for their topics; the bus keeps one name, whatever its topic's is. */
const channelName = (topic: string, eventBus: string): string =>
  idOf(topic === eventBus ? DEFAULT_BUS : topic);

const idOf = (topic: string): string => (topic === JOBS ? 'jobs' : topic);

function channelOf(contract: TopicContract, spec: TopicSpec, partitions: number | null): Channel {
  const { topic, title, summary, key, placement = BY_KEY, outside = {} } = contract;
  const description = [
    `Key: ${key.description}`,
    `Partition: ${placement}`,
    `Kept: ${keptText(spec)}`,
    ...(outside.sends === undefined ? [] : [`Sent by: ${outside.sends}`]),
    ...(outside.receives === undefined ? [] : [`Received by: ${outside.receives}`]),
  ].join('\n\n');
  return {
    address: topic,
    title,
    summary,
    description,
    tags: [{ name: contract.domain satisfies Domain }],
    messages: Object.fromEntries(
      contract.messages.map(({ name }) => [name, { $ref: `#/components/messages/${name}` }]),
    ),
    ...(topic === JOBS
      ? { parameters: { group: { description: 'A consumer group that keeps jobs.', enum: jobGroups } } }
      : {}),
    bindings: {
      kafka: {
        ...(topic === JOBS ? {} : { topic }),
        ...(partitions === null ? {} : { partitions }),
        topicConfiguration: configurationOf(spec),
        bindingVersion: BINDING,
      },
    },
  };
}

/** What the topic keeps, in a sentence. */
function keptText({ compacted, compactionLagMs, compactWithinMs }: TopicSpec): string {
  if (compacted !== true) return 'every record, for ever.';
  const lag = compactionLagMs === undefined ? '' : `; every record for ${spanText(compactionLagMs)} at least`;
  const within =
    compactWithinMs === undefined
      ? ''
      : `; what is replaced is gone after about ${spanText(compactWithinMs)}`;
  return `the last record of each key (compacted)${lag}${within}.`;
}

const DAY_MS = 24 * 3_600_000;

const spanText = (ms: number): string =>
  ms % DAY_MS === 0 ? `${ms / DAY_MS} days` : `${ms / 60_000} minutes`;

/** As the topic is created on a cluster. */
function configurationOf(spec: TopicSpec): Readonly<Record<string, unknown>> {
  const { 'cleanup.policy': policy, ...settings } = topicSettings(spec);
  return { 'cleanup.policy': [policy], ...settings };
}

function messageOf(
  { name, title, summary, value, headers = {}, examples }: MessageContract,
  { key }: TopicContract,
  names: ReadonlyMap<unknown, string>,
): Message {
  const keys = [...new Set(examples.map((each) => each.key))];
  return {
    name,
    title,
    summary,
    contentType: JSON_TYPE,
    headers: headersSchema({ ...headers, ...COMMON_HEADERS }),
    payload: schemaRef(value, names),
    bindings: {
      kafka: {
        key: {
          ...jsonSchemaOf(key.schema, new Map()),
          description: key.description,
          ...(keys.length === 0 ? {} : { examples: keys }),
        },
        bindingVersion: BINDING,
      },
    },
    ...(examples.length === 0
      ? {}
      : {
          examples: examples.map((example, at) => ({
            name: `${name}${at + 1}`,
            summary: example.summary,
            ...(example.headers === undefined ? {} : { headers: example.headers }),
            payload: example.value,
          })),
        }),
  };
}

function headersSchema(headers: Readonly<Record<string, HeaderContract>>): JsonSchema {
  const required = Object.entries(headers).flatMap(([name, { isRequired }]) => (isRequired ? [name] : []));
  const properties = Object.entries(headers).map(([name, { description, pattern }]) => [
    name,
    { type: 'string', description, ...(pattern === undefined ? {} : { pattern }) },
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
  };
}

function operationOf({ service, action, topic, groups, why }: Use, address: string): Operation {
  const who = service ?? 'Every process';
  return {
    action,
    channel: { $ref: `#/channels/${idOf(topic)}` },
    title: `${who} ${action === 'send' ? 'sends to' : 'receives from'} ${address}`,
    summary: why,
    tags: [{ name: service ?? 'every-process' }],
    ...(action === 'receive' && groups.length > 0
      ? {
          bindings: {
            kafka: { groupId: { type: 'string', enum: groups }, bindingVersion: BINDING },
          },
        }
      : {}),
  };
}
