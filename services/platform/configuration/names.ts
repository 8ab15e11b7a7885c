/** The key of a setting, on `configuration` and on `configuration-changes`. */
export function settingKey(service: string, key: string): string {
  return `${service}/${key}`;
}

const SCHEMA = 'schema:';

/** The key of a service's own schema on `configuration`. */
export function schemaKey(service: string): string {
  return `${SCHEMA}${service}`;
}

/** The service whose schema has this key; null where it is a setting's. */
export function serviceOfSchema(key: string): string | null {
  return key.startsWith(SCHEMA) ? key.slice(SCHEMA.length) : null;
}

/** Names that settings and their services may have: what can be part of a path and of a variable's name. */
const NAME = /^[A-Za-z][\w.-]{0,99}$/;

export function isName(text: string): boolean {
  return NAME.test(text);
}

/** How variables of the environment begin that pin settings of this service: `CONFIG_ORDERS_SERVICE_`. */
export function pinPrefix(service: string): string {
  return `CONFIG_${inCapitals(service)}_`;
}

/** The variable of the environment that pins a setting: `CONFIG_ORDERS_SERVICE_STOCK_CHECK_TIMEOUT_MS`. */
export function pinName(service: string, key: string): string {
  return `${pinPrefix(service)}${inCapitals(key)}`;
}

function inCapitals(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z\d]+/g, '_')
    .toUpperCase();
}

/** What ends so is no setting: the topic keeps every value for good, and whoever may read it sees them. */
const SECRET = /(secret|passwords?|passphrase|credentials?|(api|private|access|signing)_?keys?|tokens?)$/i;

/** Whether a key's name says that its value must not be known. */
export function isSecretName(key: string): boolean {
  return SECRET.test(key);
}

/** The name among these that somebody who wrote `name` is likely to have meant; null where none is near. */
export function nearest(name: string, names: readonly string[]): string | null {
  const limit = Math.max(2, Math.floor(name.length * 0.4));
  const ranked = names
    .map((each) => ({ each, distance: distanceOf(name.toLowerCase(), each.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= limit ? best.each : null;
}

/** How many letters must be put in, left out or changed (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (let to = 1; to <= other.length; to++) {
      const replaced = (row[to - 1] ?? 0) + (letter === other[to - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
