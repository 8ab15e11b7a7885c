// TypeBox schemas as the JSON Schemas of a document, in which those that have a name stand once.
import type { TSchema } from '@sinclair/typebox';
import {
  AnswerMessage,
  Customer,
  Order,
  Payment,
  QuestionMessage,
  WorkflowMessage,
} from '../../../core/mod.ts';
import type { MessageContract } from './contract.ts';

/** A JSON Schema, or a reference to one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Schemas that several messages are made of. */
const SHARED: Readonly<Record<string, TSchema>> = {
  WorkflowMessage,
  QuestionMessage,
  AnswerMessage,
  Customer,
  Order,
  Payment,
};

/** Names of schemas, by the schemas themselves: the shared ones, and each message's that is none of them. */
export function schemaNames(messages: readonly MessageContract[]): ReadonlyMap<unknown, string> {
  const names = new Map<unknown, string>(Object.entries(SHARED).map(([name, schema]) => [schema, name]));
  for (const { name, value } of messages) if (!names.has(value)) names.set(value, name);
  return names;
}

/** A schema as plain JSON, with references to the named ones in it. */
export function jsonSchemaOf(schema: TSchema, names: ReadonlyMap<unknown, string>): JsonSchema {
  return membersOf(schema, (value) => plain(value, names));
}

/** A reference to the schema of a message. */
export function schemaRef(schema: TSchema, names: ReadonlyMap<unknown, string>): JsonSchema {
  return { $ref: `#/components/schemas/${names.get(schema) ?? ''}` };
}

function plain(value: unknown, names: ReadonlyMap<unknown, string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (names.has(value)) return schemaRef(value as TSchema, names);
  if (Array.isArray(value)) return value.map((each) => plain(each, names));
  return membersOf(value, (member) => plain(member, names));
}

/** TypeBox's own marks are symbols, which no entry has. */
function membersOf(value: object, change: (member: unknown) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, change(member)]));
}
