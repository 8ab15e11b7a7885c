/**
 * `bun scripts/client-types.ts`: makes client/types.ts, the types of what the coordinator takes and gives, from the schemas
 * that its /openapi.json shows. A test says when it has to be run again.
 */
import path from 'node:path';
import * as replies from '../services/coordinator/replies/index.ts';
import { PreviewRequest, RunRequest } from '../services/coordinator/routes/describe.ts';

const root = path.resolve(import.meta.dir, '..');
const FILE = path.join(root, 'client/types.ts');

/** JSON Schema, as far as ours go. */
interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

/** The whole file, formatted. */
export async function clientTypes(): Promise<string> {
  const named = new Map<string, Schema>();
  for (const each of [...Object.values(replies), RunRequest, PreviewRequest])
    if (typeof each === 'object') collect(each as Schema, named);
  const names = [...named.keys()].sort();
  const types = names.map((name) => declaration(name, named.get(name) ?? {}));
  return await formatted(
    `// Made by scripts/client-types.ts from the schemas of the coordinator's replies: change those instead.\n\n${types.join('\n\n')}\n`,
  );
}

function collect(schema: Schema, named: Map<string, Schema>): void {
  const { title, items, properties = {}, patternProperties = {}, anyOf = [], oneOf = [] } = schema;
  if (title !== undefined) named.set(title, schema);
  const inner = [...Object.values(properties), ...Object.values(patternProperties), ...anyOf, ...oneOf];
  for (const each of items === undefined ? inner : [items, ...inner]) collect(each, named);
}

function declaration(name: string, schema: Schema): string {
  const { title: _title, ...unnamed } = schema;
  const text = typeOf(unnamed);
  const isInterface = schema.properties !== undefined;
  return `${docs(schema)}export ${isInterface ? `interface ${name} ${text}` : `type ${name} = ${text};`}`;
}

function typeOf(schema: Schema): string {
  const { title, anyOf, oneOf, properties, patternProperties } = schema;
  if (title !== undefined) return title;
  // beside properties it says which of them go together
  const union = properties === undefined ? (anyOf ?? oneOf) : undefined;
  if (union !== undefined) return union.map(typeOf).join(' | ');
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  if (properties !== undefined) return objectOf(properties, schema.required ?? []);
  const [values] = Object.values(patternProperties ?? {});
  if (values !== undefined) return `Readonly<Record<string, ${typeOf(values)}>>`;
  return plainType(schema);
}

function plainType({ type, items }: Schema): string {
  switch (type) {
    case 'array':
      return `readonly (${items === undefined ? 'unknown' : typeOf(items)})[]`;
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case undefined:
      return 'unknown';
    default:
      throw new Error(`no type is known for a schema of type ${type}: teach it to scripts/client-types.ts`);
  }
}

function objectOf(properties: Readonly<Record<string, Schema>>, required: readonly string[]): string {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const optional = required.includes(name) ? '' : '?';
    // of a schema with a name its own declaration tells
    const said = schema.title === undefined ? docs(schema) : '';
    return `${said}readonly ${/^\w+$/.test(name) ? name : JSON.stringify(name)}${optional}: ${typeOf(schema)};`;
  });
  return `{\n${fields.join('\n')}\n}`;
}

const literal = (value: unknown): string => JSON.stringify(value);

const docs = ({ description }: Schema): string =>
  description === undefined
    ? ''
    : `/** ${description.replaceAll('*/', '* /').replace(/([^.])$/, '$1.')} */\n`;

/** As `bun run check` wants it. */
async function formatted(source: string): Promise<string> {
  const biome = path.join(root, 'node_modules/@biomejs/biome/bin/biome');
  const child = Bun.spawn([process.execPath, biome, 'format', '--stdin-file-path=client/types.ts'], {
    cwd: root,
    stdin: new TextEncoder().encode(source),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, said] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) throw new Error(`the types could not be formatted: ${said}`);
  return out;
}

if (import.meta.main) {
  await Bun.write(FILE, await clientTypes());
  console.log('Made client/types.ts.');
}
