/**
 * Reads a TypeScript file as the tidy rules need it: a syntax tree with parents, imports, comments and lines.
 * Comments and strings are not code here, so that they can name what code may not use.
 */
import { parseSync } from 'oxc-parser';

export interface File {
  /** From the root of the checkout, with forward slashes. */
  path: string;
  source: string;
}

/** A node of the syntax tree (ESTree with TypeScript's nodes), with what it hangs from. */
export interface Node {
  type: string;
  start: number;
  end: number;
  parent?: Node;
  /** The parent's property that holds this node. */
  place?: string;
  [property: string]: unknown;
}

interface Import {
  specifier: string;
  line: number;
}

export interface Source {
  path: string;
  lines: number;
  /** Of `import`, `export … from` and `import()`; types included. */
  imports: Import[];
  nodes: Node[];
  comments: { start: number; end: number; text: string }[];
  lineAt: (offset: number) => number;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string';

function collect(node: Node, into: Node[]): void {
  into.push(node);
  for (const [place, value] of Object.entries(node)) {
    if (place === 'parent') continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (!isNode(child)) continue;
      child.parent = node;
      child.place = place;
      collect(child, into);
    }
  }
}

/** The text of a string literal; undefined for anything else, such as a name worked out at run time. */
export function literal(value: unknown): string | undefined {
  return isNode(value) && value.type === 'Literal' && typeof value.value === 'string'
    ? value.value
    : undefined;
}

/** The name of an identifier node; undefined for anything else. */
export function nameOf(value: unknown): string | undefined {
  return isNode(value) && value.type === 'Identifier' ? String(value.name) : undefined;
}

/** The property a member expression reads: `a.b` and `a['b']` both read `b`. */
export function memberName(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  return node.computed === true ? literal(node.property) : nameOf(node.property);
}

const importing = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]);

export function readSource({ path, source }: File): Source {
  const parsed = parseSync(path, source);
  const [error] = parsed.errors;
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`);
  const nodes: Node[] = [];
  collect(parsed.program as unknown as Node, nodes);
  const lineAt = (offset: number): number => source.slice(0, offset).split('\n').length;
  const imports = nodes
    .filter(({ type }) => importing.has(type))
    .flatMap((node) => {
      const specifier = literal(node.source ?? node.argument);
      return specifier === undefined ? [] : [{ specifier, line: lineAt(node.start) }];
    });
  const comments = parsed.comments.map(({ start, end, value }) => ({ start, end, text: value }));
  return { path, lines: source.trimEnd().split('\n').length, imports, nodes, comments, lineAt };
}
