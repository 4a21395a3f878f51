/**
 * The form of files and of the whole: no import cycles, no file without a use, a header on each
 * door, and budgets of lines.
 */
import type { Node } from 'oxc-parser';
import { ENTRIES, FILE_LINES_MAX, FUNCTION_LINES_MAX, LINE_CHARACTERS_MAX } from './map.ts';
import { isIdentifier, isTest, isTestFile, memberName, type Source } from './source.ts';
import type { Breach, Edge, Tree } from './tree.ts';

const TEST_FUNCTIONS = ['test', 'describe', 'it', 'suite', 'onBothDatabases'];

/** No file imports itself by any way round, for types either. */
export function cycles(tree: Tree): Breach[] {
  // A worker named by URL has its own module graph: it may use its owner's types.
  const edges = tree.edges.filter((edge) => edge.kind !== 'url');
  const edgesFrom = Map.groupBy(edges, (edge) => edge.from);
  const reported = new Set<string>();
  return tree.sources.flatMap(({ path }) => {
    if (reported.has(path)) return [];
    const round = shortestRound(path, edgesFrom);
    for (const edge of round) reported.add(edge.from);
    const [first] = round;
    if (first === undefined) return [];
    const way = [path, ...round.map((edge) => edge.to)].join(' → ');
    return [{ path, line: first.line, message: `an import cycle: ${way}` }];
  });
}

/** Each file is imported, is an entry of the map, or is a test. */
export function orphan(tree: Tree): Breach[] {
  const used = new Set<string>();
  const tested = new Set<string>();
  for (const edge of tree.edges) {
    if (edge.from === edge.to) continue;
    // A file that only its test imports is dead. A test helper lives by its tests.
    if (isTest(edge.from) && !isTest(edge.to)) tested.add(edge.to);
    else used.add(edge.to);
  }
  return tree.sources
    .filter(({ path }) => !used.has(path) && !ENTRIES.includes(path) && !isTestFile(path))
    .map(({ path }) => ({
      path,
      line: 1,
      message: tested.has(path)
        ? 'only tests import this file: delete it, or move it to the test folder'
        : 'nothing imports this file: delete it, or add it to ENTRIES of tidy/map.ts',
    }));
}

/** Doors and the files directly in `src` begin with what they own, promise and never do. */
export function header(tree: Tree): Breach[] {
  return tree.sources
    .filter(({ path }) => needsHeader(path) && !isTest(path))
    .filter((source) => !hasHeader(source))
    .map(({ path }) => ({
      path,
      line: 1,
      message: 'begin with a /** … */ comment: what it owns, promises, never does',
    }));
}

/** Lines of a file, lines of a function, characters of a line. */
export function budgets(tree: Tree): Breach[] {
  return tree.sources.flatMap((source) => [
    ...longFile(source),
    ...longFunctions(source),
    ...longLines(source),
  ]);
}

function shortestRound(start: string, edgesFrom: ReadonlyMap<string, Edge[]>): Edge[] {
  const cameBy = new Map<string, Edge>();
  const waiting = [start];
  // The list grows while it is read: breadth first, so the first way back is the shortest.
  for (const path of waiting) {
    for (const edge of edgesFrom.get(path) ?? []) {
      if (cameBy.has(edge.to)) continue;
      cameBy.set(edge.to, edge);
      if (edge.to === start) return wayBack(start, cameBy);
      waiting.push(edge.to);
    }
  }
  return [];
}

function wayBack(start: string, cameBy: ReadonlyMap<string, Edge>): Edge[] {
  const way: Edge[] = [];
  let edge = cameBy.get(start);
  while (edge !== undefined) {
    way.unshift(edge);
    edge = edge.from === start ? undefined : cameBy.get(edge.from);
  }
  return way;
}

function needsHeader(path: string): boolean {
  return /^packages\/[^/]+\/src\/(?:([^/]+)\/\1\.(ts|tsx)|[^/]+)$/.test(path);
}

function hasHeader({ comments, text }: Source): boolean {
  const [first] = comments;
  if (first?.type !== 'Block' || !/^\*\s*\S/.test(first.value)) return false;
  return /^(#!.*)?\s*$/.test(text.slice(0, first.start));
}

function longFile({ path, lines }: Source): Breach[] {
  if (lines.length <= FILE_LINES_MAX) return [];
  const message = `${lines.length} lines, more than ${FILE_LINES_MAX}: split by what it tells`;
  return [{ path, line: FILE_LINES_MAX + 1, message }];
}

function longFunctions({ path, nodes, lineAt }: Source): Breach[] {
  const exempt = new Set(nodes.flatMap(testCallbacks));
  return nodes.flatMap((node) => {
    if (!isFunction(node) || exempt.has(node)) return [];
    const line = lineAt(node.start);
    const lines = lineAt(node.end) - line + 1;
    if (lines <= FUNCTION_LINES_MAX) return [];
    const message = `a function of ${lines} lines, more than ${FUNCTION_LINES_MAX}: name its steps`;
    return [{ path, line, message }];
  });
}

function longLines({ path, lines }: Source): Breach[] {
  return lines.flatMap((text, index) => {
    if (text.length <= LINE_CHARACTERS_MAX || /https?:\/\//.test(text)) return [];
    const characters = [...text].length;
    if (characters <= LINE_CHARACTERS_MAX) return [];
    const message = `${characters} characters, more than ${LINE_CHARACTERS_MAX}`;
    return [{ path, line: index + 1, message }];
  });
}

function isFunction(node: Node): boolean {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

/** The functions handed to `test(…)`, `describe.only(…)`, `t.test(…)`: lists of steps. */
function testCallbacks(node: Node): Node[] {
  if (node.type !== 'CallExpression' || !isTestCall(node.callee)) return [];
  return node.arguments.filter(isFunction);
}

/** `test`, `test.skip`, `t.test`: a call of these declares a test or a group of them. */
export function isTestCall(callee: Node): boolean {
  if (TEST_FUNCTIONS.some((name) => isIdentifier(callee, name))) return true;
  if (callee.type !== 'MemberExpression') return false;
  const member = memberName(callee);
  if (member !== undefined && TEST_FUNCTIONS.includes(member)) return isContext(callee.object);
  return ['only', 'skip', 'todo'].includes(member ?? '') && isTestCall(callee.object);
}

/** The test context is called `t` by habit, as in Node's own documentation. */
function isContext(node: Node): boolean {
  return isIdentifier(node, 't') || isIdentifier(node, 'context');
}
