/**
 * The rules of the house that neither the compiler nor the linter can check. `check` is a function of a file's
 * path and text, so that rooms.test.ts can plant a violation of each.
 */
import { roomRule } from './rooms.ts';
import { type File, literal, memberName, type Node, nameOf, readSource, type Source } from './source.ts';

export interface Violation {
  path: string;
  line: number;
  problem: string;
}

type Rule = (source: Source) => { line: number; problem: string }[];

const isIn = (source: Source, ...rooms: string[]): boolean =>
  rooms.some((room) => source.path.startsWith(`${room}/`));

/** What runtimes have each their own of, or what gives another answer each time. */
const bannedInCore = new Set(
  (
    'Date Intl process Bun Deno Buffer fetch setTimeout setInterval setImmediate queueMicrotask crypto performance ' +
    'console navigator global globalThis window self require eval Function WebAssembly TypeCompiler FormatRegistry'
  ).split(' '),
);
const bannedMember = (name: string): boolean => name === 'localeCompare' || name.startsWith('toLocale');

/** An identifier that stands for a value or a type, rather than for a property or a label. */
function isReference(node: Node): boolean {
  if (node.type !== 'Identifier') return false;
  const { parent, place } = node;
  if (parent === undefined || parent.computed === true) return true;
  if (parent.type === 'MemberExpression' && place === 'property') return false;
  if (place === 'key') return false; // Of `{ a }` the tree has the value too.
  return !['LabeledStatement', 'BreakStatement', 'ContinueStatement', 'TSQualifiedName'].includes(
    parent.type,
  );
}

const declaring = new Set([
  'id',
  'params',
  'local',
  'param',
  'left',
  'elements',
  'argument',
  'value',
  'name',
]);

/** Names that the file gives to things of its own; using those is not using a runtime's global. */
function ownNames(nodes: Node[]): Set<string> {
  const isPattern = (node: Node | undefined): boolean =>
    node !== undefined && /Pattern$|^RestElement$/.test(node.type);
  const declares = (node: Node): boolean => {
    const { parent, place = '' } = node;
    if (parent === undefined || !declaring.has(place)) return false;
    if (place === 'id' || place === 'params' || place === 'local') return parent.type !== 'ExportSpecifier';
    if (place === 'param') return parent.type === 'CatchClause';
    if (place === 'name') return parent.type === 'TSTypeParameter';
    const pattern = parent.type === 'Property' ? parent.parent : parent;
    return isPattern(pattern) && (place !== 'left' || parent.type === 'AssignmentPattern');
  };
  return new Set(nodes.filter(declares).flatMap((node) => nameOf(node) ?? []));
}

const coreBans: Rule = (source) => {
  if (!isIn(source, 'core')) return [];
  const own = ownNames(source.nodes);
  return source.nodes.flatMap((node) => {
    const name = isReference(node) ? nameOf(node) : undefined;
    const member = memberName(node);
    let banned: string | undefined;
    if (name !== undefined && bannedInCore.has(name) && !own.has(name)) banned = name;
    else if (member === 'random' && nameOf(node.object) === 'Math') banned = 'Math.random';
    else if (member !== undefined && bannedMember(member)) banned = `.${member}`;
    else if (isTypeBoxFormat(node)) banned = "TypeBox's format";
    return banned === undefined
      ? []
      : [
          {
            line: source.lineAt(node.start),
            problem: `${banned} in the core: it varies by runtime, or between runs`,
          },
        ];
  });
};

/** `format` among the options of a `Type.Something(…)`. */
function isTypeBoxFormat(node: Node): boolean {
  if (node.type !== 'Property' || (nameOf(node.key) ?? literal(node.key)) !== 'format') return false;
  const call = node.parent?.parent;
  const callee = call?.type === 'CallExpression' ? (call.callee as Node) : undefined;
  return callee?.type === 'MemberExpression' && nameOf(callee.object) === 'Type';
}

const mains = new Set([
  'services/requite.ts',
  'services/main.ts',
  'services/demo.ts',
  'services/asyncapi.ts',
  'services/bills.ts',
  'services/topics.ts',
  'services/rules.ts',
  'services/config.ts',
  'services/logs.ts',
  'services/audit.ts',
  'services/dead-letters.ts',
  'services/jobs.ts',
]);

/** Only a main reads the environment (an example is one); everything else is given its settings. */
const environment: Rule = (source) => {
  if (!isIn(source, 'core', 'services') || mains.has(source.path)) return [];
  const readsEnv = (node: Node): boolean => {
    const owner = (value: unknown): boolean => ['process', 'Bun'].includes(nameOf(value) ?? '');
    if (memberName(node) === 'env')
      return owner(node.object) || (node.object as Node).type === 'MetaProperty';
    if (node.type === 'ImportSpecifier') {
      const from = literal(node.parent?.source) ?? '';
      return nameOf(node.imported) === 'env' && /^(node:process|process|bun)$/.test(from);
    }
    const destructured =
      node.type === 'VariableDeclarator' && owner(node.init) ? (node.id as Node) : undefined;
    const properties = destructured?.type === 'ObjectPattern' ? (destructured.properties as Node[]) : [];
    return properties.some(({ key }) => nameOf(key) === 'env');
  };
  return source.nodes.filter(readsEnv).map((node) => ({
    line: source.lineAt(node.start),
    problem: `reads the environment; only ${[...mains].join(', ')} do`,
  }));
};

const lineLimit = 400;

/** A file holds one idea. Tables made by a script are no reading matter and may be longer. */
const fileLength: Rule = (source) => {
  const generated =
    source.comments[0]?.start === 0 && source.comments[0].text.trim().startsWith('Made by scripts/');
  if (!isIn(source, 'client', 'core', 'services') || generated || source.lines <= lineLimit) return [];
  return [{ line: lineLimit + 1, problem: `has ${source.lines} lines; ${lineLimit} is the limit` }];
};

/** A caught error is used, or a comment says why it need not be. Holds for `catch {}` and for `.catch(() => …)`. */
const silentCatch: Rule = (source) => {
  if (!isIn(source, 'client', 'core', 'services')) return [];
  const commented = ({ start, end }: Node): boolean => {
    const [first, last] = [source.lineAt(start) - 1, source.lineAt(end)];
    return source.comments.some((comment) => {
      const line = source.lineAt(comment.start);
      return line >= first && line <= last;
    });
  };
  const uses = (handler: Node, parameter: Node | undefined): boolean =>
    parameter !== undefined &&
    source.nodes.some(
      (node) =>
        node.start >= parameter.end &&
        node.end <= handler.end &&
        isReference(node) &&
        (nameOf(parameter) === undefined || nameOf(node) === nameOf(parameter)),
    );
  const handlers = source.nodes.flatMap((node) => {
    if (node.type === 'CatchClause') return [{ handler: node, parameter: node.param as Node | undefined }];
    if (node.type !== 'CallExpression' || memberName(node.callee as Node) !== 'catch') return [];
    const [handler] = node.arguments as Node[];
    if (handler === undefined || !/Function/.test(handler.type)) return [];
    return [{ handler, parameter: (handler.params as Node[])[0] }];
  });
  return handlers
    .filter(({ handler, parameter }) => !uses(handler, parameter ?? undefined) && !commented(handler))
    .map(({ handler }) => ({
      line: source.lineAt(handler.start),
      problem: 'swallows an error: use it, or say in a comment why it does not matter',
    }));
};

const rules: Rule[] = [roomRule, coreBans, environment, fileLength, silentCatch];

/** Every violation in one file. */
export function check(file: File): Violation[] {
  const source = readSource(file);
  return rules.flatMap((rule) => rule(source).map((found) => ({ path: file.path, ...found })));
}
