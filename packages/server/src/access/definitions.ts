/**
 * Definitions of projects as they are applied: checked, compared, kept in versions, compiled once.
 */
import type { Finding } from '@annals/contract/check-definition';
import { type Compiled, compileDefinition } from '@annals/contract/compile';
import type { Definition } from '@annals/contract/definition';
import type { DefinitionChange } from '@annals/contract/projects';
import type { DefinitionDiff } from '@annals/contract/routes';
import { Fault } from '../fault.ts';
import { keptOf } from '../kept.ts';
import type { ProjectRow, Store } from '../store/store.ts';
import { limitsOf, movedBy } from './limits.ts';

/** Compiled definitions kept in memory: some hundred kB each at most. */
const COMPILED_KEPT = 200;
/** A name in a JSON Pointer as it is. */
const unescaped = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

/** Events that are counted as leaving a view, or as going by a retention. */
const LEAVING_MOST = 100_000;

interface Checked {
  readonly definition: Definition;
  /** What is no error. */
  readonly gaps: readonly Finding[];
}

/** Throws Fault `invalid_definition` with every error. */
async function checked(value: unknown): Promise<Checked> {
  // Loaded when it is first needed: most servers check a definition once in months.
  const { readDefinition } = await import('@annals/contract/check-definition');
  const { definition, findings } = readDefinition(value);
  if (definition) return { definition, gaps: findings };
  const errors = findings.flatMap(({ path, detail, level }) =>
    level === 'error' ? [{ path, detail }] : [],
  );
  const [first] = errors;
  throw new Fault('invalid_definition', `${first?.path ?? ''}: ${first?.detail ?? ''}`, { errors });
}

export class Definitions {
  readonly #store: Store;
  readonly #compiled = keptOf<string, Compiled>({ most: COMPILED_KEPT });

  constructor(store: Store) {
    this.#store = store;
  }

  /** Undefined: the project has none. */
  async of({ project_no, version }: ProjectRow): Promise<Compiled | undefined> {
    if (version === 0) return undefined;
    const key = `${project_no} ${version}`;
    const known = this.#compiled.get(key);
    if (known) return known;
    const text = await this.#store.definitions.byVersion(project_no, version);
    if (text === undefined) throw new Error('a definition that was applied is not there');
    // It was checked before it was kept.
    const compiled = compileDefinition(JSON.parse(text) as Definition);
    this.#compiled.set(key, compiled);
    return compiled;
  }

  /** What the value would change as the project's definition. Throws `invalid_definition`. */
  async diff(project: ProjectRow, value: unknown, now: number): Promise<DefinitionDiff> {
    const { definition, gaps } = await definitionFor(project.project, value);
    const { diffDefinitions, narrowedViews } = await import('@annals/contract/diff-definitions');
    const before = await this.of(project);
    const after = compileDefinition(definition);
    const changes = diffDefinitions(before?.definition, definition);
    const leaving = new Map<string, number>();
    for (const narrowed of narrowedViews(before?.definition, definition)) {
      const { view: label, paths, before: was, after: is } = narrowed;
      const [old, next] = await Promise.all([
        limitsOf({ label, ...was }, before?.timeZone ?? after.timeZone, null, now),
        limitsOf({ label, ...is }, after.timeZone, null, now),
      ]);
      const range = { from: old.from, to: next.from };
      const events = await this.#store.events.countOf(project.project_no, range, LEAVING_MOST);
      for (const path of paths) leaving.set(path, events);
    }
    for (const change of changes) {
      const events = await this.#dueBy(project, after, change, now);
      if (events !== undefined) leaving.set(change.path, events);
    }
    return {
      version: project.version,
      changes: changes.map((change) => {
        const events = leaving.get(change.path);
        return events === undefined ? change : { ...change, events };
      }),
      gaps: gaps.map(({ path, detail }) => ({ path, detail })),
    };
  }

  /** How many events a shorter retention takes something from. */
  async #dueBy(
    { project_no: projectNo }: ProjectRow,
    { definition, timeZone }: Compiled,
    { path, effect }: DefinitionChange,
    now: number,
  ): Promise<number | undefined> {
    const { plans = {}, ...usual } = definition.retention ?? {};
    const [, root, ...rest] = path.split('/').map(unescaped);
    if (effect !== 'loss' || root !== 'retention') return undefined;
    const part = rest.at(-1) === 'personal' ? 'personal' : 'events';
    const plan = rest.length > 1 ? rest[1] : undefined;
    const kept = plan === undefined ? usual : (plans[plan] ?? usual);
    const period = kept[part];
    if (period === undefined) return undefined;
    const before = await movedBy(now, 'before', period, timeZone);
    const tenants = { projectNo, plan: plan ?? { noneOf: Object.keys(plans) } };
    return await this.#store.retentions.dueOf(tenants, before, LEAVING_MOST);
  }

  /** Makes it the project's. Throws `version_conflict` if another than `expected` is there. */
  async apply(
    project: ProjectRow,
    definition: Definition,
    { expected, by }: { readonly expected: number | undefined; readonly by: string },
  ): Promise<void> {
    const { persons, timeZone, locale, definition: own } = compileDefinition(definition);
    const after = expected ?? project.version;
    const label = typeof own.label === 'string' ? own.label : (own.label[locale] ?? own.project);
    const policy = await this.#store.classPolicies.keep(persons);
    const isApplied = await this.#store.definitions.add({
      projectNo: project.project_no,
      after,
      text: JSON.stringify(definition),
      by,
      fields: { label, time_zone: timeZone, policy: policy.number },
      now: Date.now(),
    });
    if (isApplied) return;
    throw versionConflict(after);
  }
}

/** A definition of the project of this name. Throws Fault `invalid_definition`. */
export async function definitionFor(project: string, value: unknown): Promise<Checked> {
  const found = await checked(value);
  if (found.definition.project === project) return found;
  const detail = `names the project "${found.definition.project}", not "${project}"`;
  const errors = [{ path: '/project', detail }];
  throw new Fault('invalid_definition', `/project: ${detail}`, { errors });
}

export const versionConflict = (version: number): Fault =>
  new Fault('version_conflict', `Version ${version} is not the one that is there now.`);
