import type { TSchema } from '@sinclair/typebox';
import type { Json } from '../../../core/mod.ts';
import { SettingsError } from '../config/settings-error.ts';
import type { Discovery } from '../discovery/index.ts';
import { fromText, whyNot } from './kinds.ts';
import { nearest, pinName, pinPrefix } from './names.ts';

/** Variables of the environment whose names begin with `CONFIG_`. */
export type PinVariables = Readonly<Record<string, string>>;

/** The value that the environment pins a setting to; undefined where it doesn't. Throws `SettingsError`. */
export function pinnedValue(
  variables: PinVariables,
  service: string,
  key: string,
  schema: TSchema,
): Json | undefined {
  const name = pinName(service, key);
  const text = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (text === undefined) return undefined;
  const value = fromText(schema, text);
  if (value !== undefined) return value;
  throw new SettingsError(
    `${name}="${text}" can't be the setting ${key} of ${service}: ${whyNot(schema, text)}, or unset the variable`,
  );
}

/**
 * Throws `SettingsError` for variables that pin nothing. `known` has the keys of the services that asked here;
 * `services` are the names of all, here or elsewhere.
 */
export function refuseIdlePins(
  variables: PinVariables,
  known: ReadonlyMap<string, readonly string[]>,
  services: readonly string[],
): void {
  const everywhere = [...new Set([...services, ...known.keys()])];
  const wrong = Object.keys(variables).flatMap((name) => {
    // the longest prefix: CONFIG_ORDERS_SERVICE_ belongs to orders-service, also where there is a service "orders"
    const [service] = everywhere
      .filter((each) => name.startsWith(pinPrefix(each)))
      .sort((one, other) => other.length - one.length);
    if (service === undefined) return [`${name} pins nothing: there is no such service`];
    const keys = known.get(service);
    if (keys === undefined || keys.some((key) => pinName(service, key) === name)) return [];
    const prefix = pinPrefix(service);
    const tails = keys.map((key) => pinName(service, key).slice(prefix.length));
    const meant = nearest(name.slice(prefix.length), tails);
    const hint =
      meant === null
        ? `it has ${tails.map((tail) => `${prefix}${tail}`).join(', ')}`
        : `do you mean ${prefix}${meant}?`;
    return [`${name} pins nothing: ${service} has no such setting; ${hint}`];
  });
  if (wrong.length > 0) throw new SettingsError(wrong.join('\n'));
}

/** A setting that the environment of some live instance pins. */
export interface Pin {
  readonly key: string;
  readonly variable: string;
  readonly value: Json;
  /** Whose environment has it, in words: `the process shop1:4711:3f2a8c01`. */
  readonly where: string;
}

/** As what the registry of live instances knows those that pin settings of a service. */
const pinning = (service: string): string => `pins:${service}`;

/** Says to the others which settings of a service this process's environment pins, while it lives. */
export function announcePins(
  discovery: Discovery,
  service: string,
  instanceId: string,
  values: () => Readonly<Record<string, Json>>,
): () => Promise<void> {
  const announced = discovery.announce({
    service: pinning(service),
    instanceId,
    url: null,
    health: () => 'ready',
    data: values,
  });
  return () => announced.close();
}

/** What the variables of an environment pin of these settings, whatever they are. */
export function pinsIn(
  variables: PinVariables,
  where: string,
  service: string,
  keys: readonly string[],
): readonly Pin[] {
  return keys.flatMap((key) => {
    const variable = pinName(service, key);
    const value = Object.hasOwn(variables, variable) ? variables[variable] : undefined;
    return value === undefined ? [] : [{ key, variable, value, where }];
  });
}

/** What the environments of live instances pin of a service. */
export function livePins(discovery: Discovery, service: string): readonly Pin[] {
  return discovery.instances(pinning(service)).flatMap(({ instanceId, data }) =>
    Object.entries(data).map(([key, value]) => ({
      key,
      variable: pinName(service, key),
      value,
      where: `the process ${instanceId}`,
    })),
  );
}
