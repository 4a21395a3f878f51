/**
 * What must not be written: doors around the type checker, hidden settings, swallowed errors,
 * unfinished work, and names of places on one machine.
 */
import type { Node } from 'oxc-parser';
import { ENVIRONMENT, PRINTERS, PRIVATE_PATHS } from './map.ts';
import { isTestCall } from './shape.ts';
import { isCode, isIdentifier, isTest, literalText, memberName, type Source } from './source.ts';
import { type Breach, isAmong, type Tree } from './tree.ts';

/** Nothing that makes the type checker look away. */
export function any(tree: Tree): Breach[] {
  return [
    ...breaches(tree, anyMessage),
    ...inComments(tree, /@ts-(ignore|expect-error|nocheck)/, 'tells the type checker to look away'),
  ];
}

/** Settings have one door, where they are checked and named. */
export function env(tree: Tree): Breach[] {
  return breaches(tree, (node, { path }) => {
    if (isTest(path) || isAmong(path, ENVIRONMENT) || !readsEnvironment(node)) return undefined;
    return `process.env is read only in ${ENVIRONMENT.join(', ')} and tests`;
  });
}

/** A caught error leads to something. */
export function emptyCatch(tree: Tree): Breach[] {
  return breaches(tree, (node) => {
    if (node.type === 'CatchClause') {
      return node.body.body.every((each) => each.type === 'EmptyStatement') ? SWALLOWED : undefined;
    }
    if (node.type !== 'CallExpression' || memberName(node.callee) !== 'catch') return undefined;
    const [handler] = node.arguments;
    if (handler?.type !== 'ArrowFunctionExpression' && handler?.type !== 'FunctionExpression') {
      return undefined;
    }
    const { body } = handler;
    return body?.type === 'BlockStatement' && body.body.length === 0 ? SWALLOWED : undefined;
  });
}

/** Nothing unfinished, nothing printed in passing, no test switched off or favoured. */
export function leftovers(tree: Tree): Breach[] {
  return [
    ...inComments(tree, /\b(TODO|FIXME|XXX)\b/, 'is work left undone: do it or drop it'),
    ...breaches(tree, (node, { path }) => {
      if (node.type !== 'CallExpression') return undefined;
      if (isPrinting(node.callee) && !isAmong(path, PRINTERS)) return 'console.log: use the log';
      return isTest(path) ? switchedOff(node.callee, node.arguments) : undefined;
    }),
  ];
}

/** No path that exists on one machine only. */
export function privatePaths(tree: Tree): Breach[] {
  const places = PRIVATE_PATHS.map((place) => place.replaceAll('/', '\\/')).join('|');
  // Not after a letter, a dot or another part of a path: `docs/work/` is a place of ours.
  const pattern = new RegExp(`(?<![\\w.@-])(${places})`);
  return tree.files
    .filter(({ path }) => isCode(path) || path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((each, index) => {
        const found = pattern.exec(each)?.[1];
        if (found === undefined) return [];
        return [{ path, line: index + 1, message: `${found} exists on one machine only` }];
      }),
    );
}

const SWALLOWED = 'an error is caught and nothing follows';

function anyMessage(node: Node): string | undefined {
  switch (node.type) {
    case 'TSAnyKeyword':
      return '`any`: use `unknown` and narrow it';
    case 'TSNonNullExpression':
      return '`!`: check for it, or assert with words';
    case 'VariableDeclarator':
    case 'PropertyDefinition':
    case 'AccessorProperty':
      return node.definite ? '`!`: give it a value where it is declared' : undefined;
    case 'TSAsExpression':
    case 'TSTypeAssertion': {
      const { expression } = node;
      if (expression.type !== 'TSAsExpression' && expression.type !== 'TSTypeAssertion') {
        return undefined;
      }
      const { type } = expression.typeAnnotation;
      return type === 'TSUnknownKeyword' ? '`as unknown as`: narrow it by a check' : undefined;
    }
    default:
      return undefined;
  }
}

function readsEnvironment(node: Node): boolean {
  switch (node.type) {
    case 'MemberExpression':
      return memberName(node) === 'env' && isProcess(node.object);
    case 'VariableDeclarator':
      return isProcess(node.init) && takesEnvironment(node.id);
    case 'ImportDeclaration':
      return (
        /^(node:)?process$/.test(node.source.value) &&
        node.specifiers.some(
          (each) => each.type === 'ImportSpecifier' && isIdentifier(each.imported, 'env'),
        )
      );
    default:
      return false;
  }
}

/** `process` or `globalThis.process`. */
function isProcess(node: Node | null): boolean {
  return isIdentifier(node, 'process') || (node !== null && memberName(node) === 'process');
}

function takesEnvironment(pattern: Node): boolean {
  if (pattern.type !== 'ObjectPattern') return false;
  return pattern.properties.some((each) => each.type === 'Property' && keyOf(each.key) === 'env');
}

function keyOf(node: Node): string | undefined {
  return node.type === 'Identifier' ? node.name : literalText(node);
}

function isPrinting(callee: Node): boolean {
  return (
    callee.type === 'MemberExpression' &&
    memberName(callee) === 'log' &&
    isIdentifier(callee.object, 'console')
  );
}

function switchedOff(callee: Node, callArguments: readonly Node[]): string | undefined {
  if (!isTestCall(callee)) return undefined;
  const member = memberName(callee);
  if (member === 'only') return '.only leaves the other tests out';
  if (member === 'skip' || member === 'todo') return `.${member}: a test that never runs`;
  const options = callArguments.flatMap((each) =>
    each.type === 'ObjectExpression' ? each.properties : [],
  );
  for (const option of options) {
    if (option.type !== 'Property' || option.value.type !== 'Literal') continue;
    const name = keyOf(option.key) ?? '';
    // A condition is a reason, a constant is a test that nobody will see again.
    if (!['only', 'skip', 'todo'].includes(name) || option.value.value === false) continue;
    return `${name}: set for good`;
  }
  return undefined;
}

function breaches(tree: Tree, look: (node: Node, source: Source) => string | undefined): Breach[] {
  return tree.sources.flatMap((source) =>
    source.nodes.flatMap((node) => {
      const message = look(node, source);
      if (message === undefined) return [];
      return [{ path: source.path, line: source.lineAt(node.start), message }];
    }),
  );
}

function inComments(tree: Tree, pattern: RegExp, message: string): Breach[] {
  return tree.sources.flatMap(({ path, comments, lineAt }) =>
    comments.flatMap((comment) => {
      const found = pattern.exec(comment.value);
      if (found === null) return [];
      // 2: the comment's own `//` or `/*`, which its value leaves out.
      const line = lineAt(comment.start + 2 + found.index);
      return [{ path, line, message: `${found[0]} ${message}` }];
    }),
  );
}
