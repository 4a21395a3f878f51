/**
 * Who may import whom: packages, the layers inside a package, and the one door of each module.
 * Types count like values: a type that points upward is a design that points upward.
 */
import { isBuiltin } from 'node:module';
import { FREE, type Layer, PACKAGES, type PackageRules } from './map.ts';
import { type Import, isTest, type Source, stem } from './source.ts';
import { type Breach, type Edge, isAmong, isForeign, packageOf, type Tree } from './tree.ts';

/** Imports go down a layer and along the permissions of the map. */
export function layers(tree: Tree): Breach[] {
  return [
    ...unmapped(tree),
    ...tree.edges.filter((edge) => isBound(edge.from)).flatMap(edgeBreaches),
    ...tree.sources.filter((source) => isBound(source.path)).flatMap(foreignBreaches),
  ];
}

/** A module is entered through the file that bears its name. There are no barrels. */
export function door(tree: Tree): Breach[] {
  return [
    ...tree.edges.flatMap(entryBreaches),
    ...doorless(tree),
    ...tree.sources
      .filter((source) => /^packages\/[^/]+\/src\/(.*\/)?index\.[a-z]+$/.test(source.path))
      .map(({ path }) => ({ path, line: 1, message: 'a barrel hides what depends on what' })),
  ];
}

/** `packages/server/src/ledger/head.ts` → `ledger`; `…/src/log.ts` → `log`; else undefined. */
export function moduleOf(path: string): string | undefined {
  const match = /^packages\/[^/]+\/src\/(?:([^/]+)\/)?/.exec(path);
  return match === null ? undefined : (match[1] ?? stem(path));
}

function isBound(path: string): boolean {
  return !isTest(path) && !isAmong(path, FREE);
}

function edgeBreaches(edge: Edge): Breach[] {
  const own = packageOf(edge.from);
  const other = packageOf(edge.to);
  const rules = PACKAGES[own];
  if (rules === undefined) return [];
  if (isTest(edge.to)) return [breach(edge, 'only tests import tests and their helpers')];
  if (own !== other) return [...spelling(edge, other), ...crossing(edge, rules, other)];
  if (edge.specifier.startsWith('@')) {
    return [breach(edge, 'inside a package, import by relative path')];
  }
  return [...nodeFile(edge, rules), ...upward(edge, rules.layers ?? [])];
}

function spelling(edge: Edge, other: string): Breach[] {
  if (!other.startsWith('packages/') || !edge.specifier.startsWith('.')) return [];
  const name = other.slice('packages/'.length);
  return [breach(edge, `write @annals/${name}/… for a file of another package`)];
}

function crossing(edge: Edge, rules: PackageRules, other: string): Breach[] {
  const reach = rules.imports[other];
  if (reach === 'any' || (reach === 'type' && edge.kind === 'type')) return [];
  if (reach === 'type') {
    return [breach(edge, `${packageOf(edge.from)} imports only types of ${other}: import type`)];
  }
  const loaders = rules.lazy?.[other] ?? [];
  if (loaders.length === 0) {
    return [breach(edge, `${packageOf(edge.from)} may not import ${other}`)];
  }
  const isLate = edge.kind === 'dynamic' || edge.kind === 'type';
  if (isLate && loaders.includes(edge.from)) return [];
  return [breach(edge, `${other} is loaded only by import() in ${loaders.join(' and ')}`)];
}

function nodeFile(edge: Edge, rules: PackageRules): Breach[] {
  if (rules.node !== 'node-files' || edge.kind === 'type' || edge.specifier.startsWith('#')) {
    return [];
  }
  if (!edge.to.endsWith('.node.ts') || edge.from.endsWith('.node.ts')) return [];
  return [breach(edge, 'a *.node.ts file is reached through "imports" of package.json (#name)')];
}

function upward(edge: Edge, order: readonly Layer[]): Breach[] {
  const [from, to] = [moduleOf(edge.from), moduleOf(edge.to)];
  if (from === undefined || to === undefined || from === to) return [];
  const [high, low] = [rank(order, from), rank(order, to)];
  if (high === -1 || low === -1 || high < low) return [];
  if (high > low) return [breach(edge, `${from} lies below ${to} and may not import it`)];
  if (order[high]?.open) return [];
  return [breach(edge, `${from} and ${to} are on one layer: app.ts passes a function instead`)];
}

function rank(order: readonly Layer[], module: string): number {
  return order.findIndex((layer) => layer.modules.includes(module));
}

function foreignBreaches(source: Source): Breach[] {
  const rules = PACKAGES[packageOf(source.path)];
  if (rules === undefined) return [];
  return source.imports
    .filter((each) => isForeign(each.specifier) && !mayUse(rules, source.path, each))
    .map(({ line, specifier }) => ({
      path: source.path,
      line,
      message: isBuiltin(specifier)
        ? `${specifier} is not there in a browser${rules.node === 'none' ? '' : ': use *.node.ts'}`
        : `${packageOf(source.path)} has no run-time dependency: ${specifier}`,
    }));
}

function mayUse(rules: PackageRules, path: string, { kind, specifier }: Import): boolean {
  if (!isBuiltin(specifier)) return rules.npm === 'any' || kind === 'type';
  return rules.node === 'any' || (rules.node === 'node-files' && path.endsWith('.node.ts'));
}

/** One breach a folder or module that the map does not know, at its first file. */
function unmapped(tree: Tree): Breach[] {
  const found = new Map<string, Breach>();
  for (const { path } of tree.sources) {
    const message = unknownPlace(path);
    if (message !== undefined && !found.has(message))
      found.set(message, { path, line: 1, message });
  }
  return [...found.values()];
}

function unknownPlace(path: string): string | undefined {
  const folder = packageOf(path);
  const rules = PACKAGES[folder];
  if (rules === undefined) {
    return isAmong(path, FREE) ? undefined : `${folder} is not in tidy/map.ts: add it to PACKAGES`;
  }
  const module = moduleOf(path);
  if (rules.layers === undefined || module === undefined || isTest(path)) return undefined;
  if (rank(rules.layers, module) !== -1) return undefined;
  return `${folder}/src/${module} has no layer in tidy/map.ts: add it to the layers`;
}

function entryBreaches(edge: Edge): Breach[] {
  const match = /^(packages\/[^/]+\/src\/([^/]+)\/)/.exec(edge.to);
  const [folder, name] = [match?.[1], match?.[2]];
  if (folder === undefined || edge.from.startsWith(folder) || isAmong(edge.from, FREE)) return [];
  if (edge.from.startsWith(`${packageOf(edge.to)}/test/`)) return [];
  if (isDoor(edge.to) || isShelf(edge.to)) return [];
  return [breach(edge, `enter ${folder} through ${name}.ts`)];
}

function isDoor(path: string): boolean {
  return /^packages\/[^/]+\/src\/([^/]+)\/\1\.(ts|tsx)$/.test(path);
}

function isShelf(path: string): boolean {
  const folder = /^packages\/[^/]+\/src\/([^/]+)\//.exec(path)?.[1];
  return folder !== undefined && PACKAGES[packageOf(path)]?.shelves?.includes(folder) === true;
}

function doorless(tree: Tree): Breach[] {
  const first = new Map<string, string>();
  const withDoor = new Set<string>();
  for (const { path } of tree.sources) {
    const folder = /^packages\/[^/]+\/src\/[^/]+(?=\/)/.exec(path)?.[0];
    if (folder === undefined || isTest(path) || isShelf(path)) continue;
    if (!first.has(folder)) first.set(folder, path);
    if (isDoor(path)) withDoor.add(folder);
  }
  return [...first]
    .filter(([folder]) => !withDoor.has(folder))
    .map(([folder, path]) => ({
      path,
      line: 1,
      message: `${folder} has no file of its own name, so no door`,
    }));
}

function breach(edge: Edge, message: string): Breach {
  return { path: edge.from, line: edge.line, message };
}
