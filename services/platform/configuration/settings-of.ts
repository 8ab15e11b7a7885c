import type { TObject, TSchema } from '@sinclair/typebox';
import { canonicalJson, deepFreeze, type Json } from '../../../core/mod.ts';
import { fits, type PlainSchema, plainSchema, revived } from './kinds.ts';
import { isName, isSecretName } from './names.ts';
import { type PinVariables, pinnedValue } from './pins.ts';

/** What is known of a setting. */
interface Known {
  readonly schema: TSchema;
  readonly plain: PlainSchema;
  readonly fallback: Json;
  /** Undefined where the environment doesn't pin it. */
  readonly pinned: Json | undefined;
}

/** A value that was set centrally and can't be used. */
export interface Misfit {
  readonly key: string;
  readonly value: Json;
  readonly schema: TSchema;
}

/** All settings of one service that this process knows of. */
export class SettingsOf {
  readonly #service: string;
  readonly #known: Map<string, Known> = new Map();

  constructor(service: string) {
    this.#service = service;
  }

  /** Throws `TypeError` for a schema that can't be one of settings, and `SettingsError` for a pin that does not fit. */
  add(schema: TObject, pins: PinVariables): void {
    const added = Object.entries(schema.properties as Readonly<Record<string, TSchema>>).map(
      ([key, property]): [string, Known] => {
        refuse(this.#service, key, property);
        const plain = plainSchema(property);
        const before = this.#known.get(key);
        if (before !== undefined && canonicalJson(before.plain) !== canonicalJson(plain))
          throw new TypeError(`${this.#service} has two schemas for its setting ${key}: give it one`);
        const pinned = pinnedValue(pins, this.#service, key, property);
        return [key, { schema: property, plain, fallback: property.default as Json, pinned }];
      },
    );
    for (const [key, known] of added) this.#known.set(key, known);
  }

  get keys(): readonly string[] {
    return [...this.#known.keys()];
  }

  /** What the environment pins, by key. */
  pinned(): Readonly<Record<string, Json>> {
    return Object.fromEntries(
      [...this.#known].flatMap(([key, { pinned }]) => (pinned === undefined ? [] : [[key, pinned]])),
    );
  }

  /** The schemas of all settings as they are published. */
  published(): Readonly<Record<string, PlainSchema>> {
    return Object.fromEntries([...this.#known].map(([key, { plain }]) => [key, plain]));
  }

  /** The values of these settings, frozen: pinned, over `central` where that fits, over the default. */
  values(
    keys: readonly string[],
    central: (key: string) => Json | undefined,
    onMisfit: (misfit: Misfit) => void,
  ): Readonly<Record<string, Json>> {
    const entries = keys.flatMap((key): [string, Json][] => {
      const known = this.#known.get(key);
      if (known === undefined) return [];
      const value = central(key);
      if (known.pinned !== undefined) return [[key, known.pinned]];
      if (value === undefined || fits(known.schema, value)) return [[key, value ?? known.fallback]];
      onMisfit({ key, value, schema: known.schema });
      return [[key, known.fallback]];
    });
    return deepFreeze(Object.fromEntries(entries));
  }
}

/** A schema that can't work is a defect in the program that has it: found when it starts. */
function refuse(service: string, key: string, schema: TSchema): void {
  const what = `the setting ${key} of ${service}`;
  if (!isName(service))
    throw new TypeError(`"${service}" can't be a service's name: letters, digits, ., _, -`);
  if (!isName(key)) throw new TypeError(`${what} needs a name of letters, digits, ., _ and -`);
  if (isSecretName(key))
    throw new TypeError(
      `${what} is a secret by its name: those come from the environment, as everybody may read this topic`,
    );
  const plain = plainSchema(schema);
  const back = revived(plain);
  if (back === null || canonicalJson(plainSchema(back)) !== canonicalJson(plain))
    throw new TypeError(
      `${what} can't be checked elsewhere: make it of Integer, Number, String, Boolean, Literal, Union and Array, without a format`,
    );
  if (typeof schema.description !== 'string' || schema.description === '')
    throw new TypeError(`${what} needs a description: it is what people choose a value by`);
  if (!fits(schema, schema.default)) throw new TypeError(`${what} needs a default that fits its schema`);
}
