// The pieces that the schemas of replies share. What has a title is a type of its own in /openapi.json and in the client.
import { type Static, type TSchema, Type } from '@sinclair/typebox';

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/** What a reply of this schema is in code: nobody changes it. */
export type Reply<S extends TSchema> = Frozen<Static<S>>;

/** A response's description for OpenAPI: JSON of this schema. */
export const jsonReply = (description: string, schema: TSchema) => ({
  description,
  content: { 'application/json': { schema } },
});

export const orNull = <S extends TSchema>(schema: S, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });

/** One of these texts. */
export const oneOf = <const Name extends string>(names: readonly Name[], description?: string) =>
  Type.Unsafe<Name>({
    type: 'string',
    enum: [...names],
    ...(description === undefined ? {} : { description }),
  });

export const text = (description: string) => Type.String({ description });
export const time = (description: string) => Type.String({ format: 'date-time', description });
export const day = (description: string) => Type.String({ format: 'date', description });
export const count = (description: string) => Type.Integer({ minimum: 0, description });

export const nextLink = Type.Optional(text('The path of the next page; absent on the last'));

export const Reason = Type.Object(
  { code: text('Stable, for programs'), message: text('For people') },
  {
    title: 'Reason',
    description: 'Why a job does not go on, or with which error a question was answered.',
  },
);
