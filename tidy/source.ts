/**
 * One file of ours, parsed once: its syntax nodes, comments and imports, with lines instead of
 * offsets. Knows the syntax of TypeScript, and nothing of the house's rules.
 */
import { type Comment, type Node, parseSync, visitorKeys } from 'oxc-parser';

export interface TextFile {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/**
 * `value` and `type` are static imports and re-exports; `dynamic` is `import()`; `url` is
 * `new URL('./x.ts', import.meta.url)`, as worker threads and child processes are named.
 */
export type ImportKind = 'value' | 'type' | 'dynamic' | 'url';

export interface Import {
  readonly specifier: string;
  readonly kind: ImportKind;
  readonly line: number;
}

export interface Source extends TextFile {
  readonly lines: readonly string[];
  /** Every node of the tree, parents before children. */
  readonly nodes: readonly Node[];
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
  /** What the parser refused, with the offset. */
  readonly errors: readonly { readonly message: string; readonly offset: number }[];
  /** 1-based line of an offset. */
  lineAt(offset: number): number;
}

const CODE = /\.[cm]?[jt]sx?$/;
const TEST = /\.(test|long)\.[cm]?[jt]sx?$/;
const TEST_FOLDER = /^(packages\/)?[^/]+\/test\//;

export function isCode(path: string): boolean {
  return CODE.test(path);
}

/** A file that the test runner starts. */
export function isTestFile(path: string): boolean {
  return TEST.test(path);
}

/** A test, or a helper in a package's test folder. */
export function isTest(path: string): boolean {
  return TEST.test(path) || TEST_FOLDER.test(path);
}

/** `packages/a/src/x.node.ts` → `x.node`; `x.test.ts` → `x`. */
export function stem(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name.replace(TEST, '').replace(CODE, '');
}

export function parse(file: TextFile): Source {
  const result = parseSync(file.path, file.text, { sourceType: 'module', preserveParens: false });
  const lineStarts = startsOfLines(file.text);
  const lineAt = (offset: number) => lineOf(lineStarts, offset);
  const nodes = flatten(result.program);
  return {
    ...file,
    lines: file.text.replace(/\n$/, '').split('\n'),
    nodes,
    comments: result.comments,
    imports: nodes.flatMap((node) => importOf(node, lineAt)),
    errors: result.errors.map((error) => ({
      message: error.message,
      offset: error.labels[0]?.start ?? 0,
    })),
    lineAt,
  };
}

/** The name a member is asked by: `a.b`, `a?.b` and `a['b']` all give `b`. */
export function memberName(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  if (!node.computed) return node.property.type === 'Identifier' ? node.property.name : undefined;
  return literalText(node.property);
}

export function literalText(node: Node | null | undefined): string | undefined {
  if (node?.type !== 'Literal') return undefined;
  return typeof node.value === 'string' ? node.value : undefined;
}

export function isIdentifier(node: Node | null | undefined, name: string): boolean {
  return node?.type === 'Identifier' && node.name === name;
}

function flatten(root: Node): Node[] {
  const nodes: Node[] = [];
  // A stack, not a recursion: generated expressions may be deeper than the call stack.
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    nodes.push(node);
    const keys = visitorKeys[node.type] ?? [];
    for (const key of keys.toReversed()) {
      const child: unknown = Reflect.get(node, key);
      const children: readonly unknown[] = Array.isArray(child) ? child.toReversed() : [child];
      for (const each of children) if (isNode(each)) waiting.push(each);
    }
  }
  return nodes;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function importOf(node: Node, lineAt: (offset: number) => number): Import[] {
  const found = specifierOf(node);
  return found === undefined ? [] : [{ ...found, line: lineAt(node.start) }];
}

function specifierOf(node: Node): Omit<Import, 'line'> | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
      // `import { type A }` is a value import: type stripping leaves `import {}` behind.
      return { specifier: node.source.value, kind: node.importKind ?? 'value' };
    case 'ExportAllDeclaration':
      return { specifier: node.source.value, kind: node.exportKind ?? 'value' };
    case 'ExportNamedDeclaration':
      if (node.source === null) return undefined;
      return { specifier: node.source.value, kind: node.exportKind ?? 'value' };
    case 'TSImportType':
      return { specifier: node.source.value, kind: 'type' };
    case 'ImportExpression':
      return withText(node.source, 'dynamic');
    case 'NewExpression':
      if (!isIdentifier(node.callee, 'URL') || !isModuleUrl(node.arguments[1])) return undefined;
      return withText(node.arguments[0], 'url');
    default:
      return undefined;
  }
}

function withText(node: Node | undefined, kind: ImportKind): Omit<Import, 'line'> | undefined {
  const specifier = literalText(node);
  return specifier === undefined ? undefined : { specifier, kind };
}

function isModuleUrl(node: Node | undefined): boolean {
  if (node?.type !== 'MemberExpression' || memberName(node) !== 'url') return false;
  return node.object.type === 'MetaProperty';
}

function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    starts.push(at + 1);
  }
  return starts;
}

function lineOf(lineStarts: readonly number[], offset: number): number {
  let low = 0;
  let high = lineStarts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
