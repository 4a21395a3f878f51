/**
 * All files of the house together, and the imports between them: what each import text means as
 * a file. Promises edges only between files that are in the tree; a missing file is the type
 * checker's to report.
 */
import { posix } from 'node:path';
import { type Import, isCode, parse, type Source, type TextFile } from './source.ts';

export interface Edge extends Import {
  readonly from: string;
  readonly to: string;
}

export interface Tree {
  /** Every file given, code or not. */
  readonly files: readonly TextFile[];
  readonly sources: readonly Source[];
  readonly edges: readonly Edge[];
}

export interface Breach {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly message: string;
}

export type Rule = (tree: Tree) => Breach[];

const SCOPE = '@annals/';

type Manifests = ReadonlyMap<string, unknown>;

export function treeOf(files: readonly TextFile[]): Tree {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const sources = sorted.filter((file) => isCode(file.path)).map(parse);
  const paths = new Set(sources.map((source) => source.path));
  const manifests: Manifests = new Map(
    sorted
      .filter((file) => /^packages\/[^/]+\/package\.json$/.test(file.path))
      .map((file) => [posix.dirname(file.path), JSON.parse(file.text)]),
  );
  const edges = sources.flatMap((source) =>
    source.imports.flatMap((each) =>
      targets(each.specifier, source.path, manifests)
        .filter((to) => paths.has(to))
        .map((to) => ({ ...each, from: source.path, to })),
    ),
  );
  return { files: sorted, sources, edges };
}

/** `packages/server/src/x.ts` → `packages/server`; `bench/x.ts` → `bench`. */
export function packageOf(path: string): string {
  const parts = path.split('/');
  return parts.slice(0, parts[0] === 'packages' ? 2 : 1).join('/');
}

/** An import that names neither a file nor a package of ours: of Node or of npm. */
export function isForeign(specifier: string): boolean {
  return !/^[./#]/.test(specifier) && !specifier.startsWith(SCOPE);
}

/** The path is one of the files listed, or lies in one of the folders (which end in `/`). */
export function isAmong(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));
}

function targets(specifier: string, from: string, manifests: Manifests): string[] {
  if (specifier.startsWith('.')) return [posix.join(posix.dirname(from), specifier)];
  if (specifier.startsWith('#')) {
    return mapped(manifests, packageOf(from), 'imports', specifier);
  }
  if (!specifier.startsWith(SCOPE)) return [];
  const [name, ...rest] = specifier.slice(SCOPE.length).split('/');
  return mapped(manifests, `packages/${name}`, 'exports', ['.', ...rest].join('/'));
}

/** All files that the `imports` or `exports` of a package.json may mean by a key. */
function mapped(manifests: Manifests, folder: string, field: string, key: string): string[] {
  const map = memberOf(manifests.get(folder), field);
  const exact = memberOf(map, key);
  if (exact !== undefined) return leaves(exact).map((target) => posix.join(folder, target));
  const pattern = patternOf(map, key);
  if (pattern === undefined) return [];
  const [start = '', end = ''] = pattern.split('*');
  const star = key.slice(start.length, key.length - end.length);
  return leaves(memberOf(map, pattern))
    .map((target) => target.replaceAll('*', star))
    .map((target) => posix.join(folder, target));
}

/** The pattern that says most of a key: of `./a.tsx` rather `./*.tsx` than `./*`. */
function patternOf(map: unknown, key: string): string | undefined {
  const patterns = typeof map === 'object' && map !== null ? Object.keys(map) : [];
  return patterns
    .filter((pattern) => {
      const [start, end] = pattern.split('*');
      return end !== undefined && key.startsWith(start ?? '') && key.endsWith(end);
    })
    .sort((one, other) => other.length - one.length)[0];
}

/** Conditions nest (`node`, `default`): each of them is reached on some platform. */
function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(leaves);
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}
