/**
 * The house's own rules, checked over all files at once. Pure: files in, findings out. The rules
 * and their reasons stand in CONTRIBUTING.md, the map they read in `map.ts`.
 */
import { door, layers } from './borders.ts';
import { budgets, cycles, header, orphan } from './shape.ts';
import type { TextFile } from './source.ts';
import { type Breach, type Rule, type Tree, treeOf } from './tree.ts';
import { any, emptyCatch, env, leftovers, privatePaths } from './words.ts';

export interface Finding extends Breach {
  readonly rule: string;
}

/** By the name that a finding bears. */
export const RULES: Readonly<Record<string, Rule>> = {
  syntax,
  layers,
  cycles,
  door,
  header,
  budgets,
  any,
  env,
  'empty catch': emptyCatch,
  orphan,
  leftovers,
  'private paths': privatePaths,
};

/**
 * @param files - the whole tree: code, each package's package.json, and prose
 * @returns what breaks a rule, by path and line; empty for a tidy house
 */
export function tidy(files: readonly TextFile[]): Finding[] {
  const tree = treeOf(files);
  return Object.entries(RULES)
    .flatMap(([rule, check]) => check(tree).map((breach) => ({ ...breach, rule })))
    .sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}

/** One line a finding, in the form that editors and terminals link to. */
export function print(findings: readonly Finding[]): string {
  return findings
    .map(({ path, line, rule, message }) => `${path}:${line}  ${rule}: ${message}`)
    .join('\n');
}

/** A file that does not parse hides its faults from every other rule. */
function syntax(tree: Tree): Breach[] {
  return tree.sources.flatMap(({ path, errors, lineAt }) =>
    errors.map(({ message, offset }) => ({ path, line: lineAt(offset), message })),
  );
}
