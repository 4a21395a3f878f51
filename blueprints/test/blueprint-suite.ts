/**
 * What every blueprint must fulfil, as one group of tests: a definition without findings, demo
 * data that use all of it and that the server would take, sentences for everybody, questions that
 * have answers, and nothing personal where nothing personal may be seen.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { checkDefinition } from '@annals/contract/check-definition';
import { type Compiled, compileDefinition, namedQuery, viewOf } from '@annals/contract/compile';
import { Definition, type ViewDefinition } from '@annals/contract/definition';
import { EventInput, type ReadEvent } from '@annals/contract/event';
import { matcherOf } from '@annals/contract/match';
import { parsePeriod, roughDays } from '@annals/contract/period';
import { parseQuery } from '@annals/contract/query';
import { stripSecrets } from '@annals/contract/secrets';
import { parseTemplate, sentenceOf } from '@annals/contract/sentences';
import { isOwn, projectorOf } from '@annals/contract/view';
import { Compile } from 'typebox/schema';
import { parse } from 'yaml';
import type { Blueprint, BlueprintTenant } from '../blueprint.ts';
import { DAY_MS } from '../demo/calendar.ts';

export const NOW_MS = Date.parse('2026-11-19T15:20:00Z');
const SEED = 7;

export interface Loaded {
  readonly blueprint: Blueprint;
  readonly definition: Definition;
  readonly compiled: Compiled;
  readonly tenants: readonly BlueprintTenant[];
  readonly inputs: readonly EventInput[];
  /** As a reader who sees all gets them: with what the server fills in. */
  readonly events: readonly ReadEvent[];
}

const isDefinition = Compile(Definition);
const isEvent = Compile(EventInput);

/** What the server fills in from the catalog. */
export function recorded(compiled: Compiled, event: EventInput): ReadEvent {
  const known = compiled.actions.get(event.action);
  const operation = event.operation ?? known?.action.operation;
  const eventType = event.event_type ?? known?.eventType;
  return {
    ...event,
    id: event.id ?? '',
    tenant_id: event.tenant_id ?? '',
    received_at: event.occurred_at,
    ...(operation === undefined ? {} : { operation }),
    ...(eventType === undefined ? {} : { event_type: eventType }),
  };
}

/** The definition lies beside the blueprint's file. */
export function load(blueprint: Blueprint): Loaded {
  const path = new URL(`../${blueprint.name}/definition.yaml`, import.meta.url);
  const definition: unknown = parse(readFileSync(path, 'utf8'));
  assert.deepEqual(checkDefinition(definition), []);
  assert.ok(isDefinition.Check(definition));
  const compiled = compileDefinition(definition);
  const inputs = [...blueprint.events({ seed: SEED, nowMs: NOW_MS })];
  const events = inputs.map((event) => recorded(compiled, event));
  return { blueprint, definition, compiled, tenants: blueprint.tenants(NOW_MS), inputs, events };
}

/** Whether a tenant's own people may read its log. */
export function isOpen({ definition }: Loaded, tenant: BlueprintTenant): boolean {
  const { opt_in = false, prerequisites = [], plans, demo = true } = definition.gating ?? {};
  return (
    (!opt_in || tenant.audit_enabled_at !== undefined) &&
    prerequisites.every((addon) => tenant.addons?.includes(addon)) &&
    (plans === undefined || plans.includes(tenant.plan ?? '')) &&
    (demo || tenant.is_demo !== true)
  );
}

export function definedView({ definition }: Loaded, name: string): ViewDefinition {
  const view = definition.views[name];
  assert.ok(view, `no view ${name}`);
  return view;
}

/** Events as a view of the definition shows them; its limits of time are not looked at. */
export function shown(
  loaded: Loaded,
  name: string,
  events = loaded.events,
  locale?: string,
): ReadEvent[] {
  const view = viewOf(loaded.compiled, name, definedView(loaded, name), { locale });
  const project = projectorOf(view);
  return events.flatMap((event) => project(event) ?? []);
}

const daysOf = (period: string): number => roughDays(parsePeriod(period) ?? assert.fail(period));

/** What a query finds in a view. */
export function found(loaded: Loaded, name: string, q: string, days = 0): ReadEvent[] {
  const matches = matcherOf(namedQuery(loaded.compiled, parseQuery(q)));
  const view = definedView(loaded, name);
  const open = new Set(
    loaded.tenants
      .filter((tenant) => view.operators === true || isOpen(loaded, tenant))
      .map(({ tenant_id }) => tenant_id),
  );
  const delayMs = daysOf(view.delay ?? 'PT0H') * DAY_MS;
  const lengths = [...(days === 0 ? [] : [days]), ...(view.reach ? [daysOf(view.reach)] : [])];
  const from =
    lengths.length === 0 ? '' : new Date(NOW_MS - Math.min(...lengths) * DAY_MS).toISOString();
  const to = new Date(NOW_MS - delayMs).toISOString();
  return shown(loaded, name).filter(
    (event) =>
      open.has(event.tenant_id) &&
      event.occurred_at >= from &&
      event.occurred_at <= to &&
      matches(event),
  );
}

const hasFailed = ({ outcome }: Pick<ReadEvent, 'outcome'>): boolean =>
  outcome?.result !== 'success';

/** Whether an action's sentences about failures count: an unknown outcome is none. */
const isRefused = ({ outcome }: Pick<ReadEvent, 'outcome'>): boolean =>
  outcome?.result === 'failure' || outcome?.result === 'denied';

/** Texts and numbers of a value with the pointers to them. */
function leavesOf(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, `${path}/${name}`));
}

/** Shorter texts stand in others by chance. */
const TELLING_LENGTH = 5;

/** Names, e-mails and addresses of everybody in the data: nobody may see one who may not. */
function personalTexts({ events, compiled }: Loaded): Set<string> {
  const texts = events.flatMap((event) => {
    const persons = [event.actor, ...(event.on_behalf_of ?? []), ...(event.targets ?? [])].filter(
      ({ type }) => compiled.persons.includes(type),
    );
    const { ip, user_agent, location, session_id } = event.context ?? {};
    return [
      ...persons.flatMap(({ name, email }) => [name, email]),
      ...[ip, user_agent, location, session_id, event.reason?.text],
    ];
  });
  return new Set(texts.filter((text) => typeof text === 'string'));
}

function checkSpan({ blueprint, inputs }: Loaded): void {
  test('is the same for a seed and a moment, and another for another seed', () => {
    const again = (seed: number) =>
      JSON.stringify([...blueprint.events({ seed, nowMs: NOW_MS })].slice(0, 300));
    assert.equal(again(SEED), JSON.stringify(inputs.slice(0, 300)));
    assert.notEqual(again(SEED + 100), again(SEED));
  });

  test('is in order, ends before now, and spans about fourteen months, whenever it is made', () => {
    assert.ok(inputs.length >= 1_500 && inputs.length <= 3_000, `${inputs.length} events`);
    for (const moment of ['2026-11-19T15:20:00Z', '2027-02-28T23:59:00Z', '2026-08-02T04:00:00Z']) {
      const nowMs = Date.parse(moment);
      const times = [...blueprint.events({ seed: 3, nowMs })].map(({ occurred_at }) =>
        Date.parse(occurred_at),
      );
      assert.ok(times.every((time, index) => time >= (times[index - 1] ?? 0)));
      assert.ok((times.at(-1) ?? 0) <= nowMs && (times.at(-1) ?? 0) > nowMs - 3 * DAY_MS);
      assert.ok(times.filter((time) => time < nowMs - 390 * DAY_MS).length > 20);
    }
  });
}

function checkEvents({ compiled, definition, inputs, events, tenants }: Loaded): void {
  test('each event is one that the server takes', () => {
    const ids = new Set<string | undefined>();
    for (const event of inputs) {
      assert.ok(isEvent.Check(event), JSON.stringify([isEvent.Errors(event)[1][0], event]));
      assert.deepEqual(stripSecrets(event), event, 'something looks like a secret');
      assert.ok(tenants.some(({ tenant_id }) => tenant_id === event.tenant_id));
      ids.add(event.id);
    }
    assert.equal(ids.size, inputs.length);
  });

  test('each event has an action, resource types and an application that are known', () => {
    for (const { action, targets = [], source } of events) {
      const known = compiled.actions.get(action)?.action;
      assert.ok(known, action);
      for (const { type, role = 'primary' } of targets) {
        assert.ok(definition.resource_types?.[type], `${action}: ${type}`);
        const isOfAction = known.resource_types?.includes(type) ?? true;
        assert.ok(role !== 'primary' || isOfAction, `${action} is not done to ${type}`);
      }
      const { application } = source ?? {};
      assert.ok(application === undefined || definition.applications?.[application], application);
    }
  });

  test('metadata has the form that its action had on that day', () => {
    const day = new Intl.DateTimeFormat('en-CA', {
      timeZone: compiled.timeZone,
      dateStyle: 'short',
    });
    for (const event of events) {
      const versions = compiled.actions.get(event.action)?.action.metadata;
      if (versions === undefined) {
        assert.equal(event.metadata, undefined, `${event.action} has no metadata`);
        continue;
      }
      const today = day.format(new Date(event.occurred_at));
      const version = versions.findLast(({ from = '' }) => from <= today);
      assert.ok(version, `${event.action} on ${today}`);
      const shape = Compile(version.schema);
      const errors = JSON.stringify([event, shape.Errors(event.metadata ?? {})[1][0]]);
      assert.ok(shape.Check(event.metadata ?? {}), errors);
    }
  });
}

/** Seeds with which everything must happen, not only with that of the tests. */
const SEEDS = [1, 2, 3, 4_600];

function checkUse(loaded: Loaded): void {
  const { blueprint, compiled, definition, events, tenants } = loaded;

  test('each action is done at least three times and fails if it can, for any seed', () => {
    for (const seed of SEEDS) {
      const byAction = Map.groupBy(
        blueprint.events({ seed, nowMs: NOW_MS }),
        ({ action }) => action,
      );
      for (const [action, { action: known }] of compiled.actions) {
        const done = byAction.get(action) ?? [];
        assert.ok(done.length >= 3, `${action}: ${done.length}, seed ${seed}`);
        // Who reads that it failed must not read that it was done.
        const tellsFailure = known.sentences.some((text) =>
          JSON.stringify(text).includes('{outcome.reason}'),
        );
        const failed = done.filter(hasFailed);
        if (tellsFailure) assert.ok(failed.length > 0, `${action}, seed ${seed}`);
        assert.ok(failed.every(({ outcome }) => outcome?.reason));
      }
    }
  });

  test('each resource type is touched by several actions, each application is used', () => {
    for (const type of Object.keys(definition.resource_types ?? {})) {
      const touching = events.filter(({ targets }) => targets?.some((one) => one.type === type));
      const actions = new Set(touching.map(({ action }) => action));
      assert.ok(actions.size >= 2, `${type}: ${actions.size} actions`);
    }
    const used = new Set(events.map(({ source }) => source?.application));
    for (const name of Object.keys(definition.applications ?? {})) assert.ok(used.has(name), name);
  });

  test('each view shows something, and to some roles', () => {
    const granted = Object.values(definition.roles).flatMap(({ grants = {} }) =>
      Object.keys(grants),
    );
    for (const [name, view] of Object.entries(definition.views)) {
      assert.ok(granted.includes(name), `nobody has ${name}`);
      // The log's own events come into being only where a server runs.
      if (view.rows?.includes('annals.')) continue;
      assert.ok(shown(loaded, name).length >= 3, name);
    }
  });

  test('there are people, programs and support, with reason and ticket', () => {
    const initiators = new Set(events.map(({ source }) => source?.initiator));
    for (const one of ['user', 'api'] as const) assert.ok(initiators.has(one), one);
    const support = events.filter(({ actor }) => actor.type === 'support');
    assert.ok(support.length >= 3);
    for (const { reason, on_behalf_of } of support) {
      assert.ok(reason?.text && reason.ticket && on_behalf_of?.length === 1);
    }
    assert.ok(events.filter(({ context }) => context?.correlation_id).length >= 10);
  });

  test('some tenants may read their log, and some may not', () => {
    const open = tenants.filter((tenant) => isOpen(loaded, tenant));
    assert.ok(open.length >= 2);
    if (definition.gating) assert.ok(open.length < tenants.length);
    // The server refuses to enable a log that its tenant may not have.
    const enabled = tenants.filter(({ audit_enabled_at }) => audit_enabled_at !== undefined);
    assert.ok(enabled.every((tenant) => isOpen(loaded, tenant)));
    for (const { tenant_id } of tenants) {
      assert.ok(events.some((event) => event.tenant_id === tenant_id));
    }
  });
}

/** Words of sentences about what was not done, by language. */
const UNDONE: Readonly<Record<string, RegExp>> = {
  en: /could not|tried to|was refused|failed|denied/,
  de: /konnte|versuchte|fehlgeschlagen|abgelehnt/,
};

function checkSentences(loaded: Loaded, locale: string): void {
  const { compiled, definition } = loaded;

  test(`each event has a sentence, each variant is the best for some (${locale})`, () => {
    const { vocabulary } = viewOf(compiled, '', { label: '' }, { locale });
    const { sentences = {}, failed = {} } = vocabulary ?? {};
    const templates = new Map(
      Object.entries(sentences).map(([action, texts]) => [action, texts.map(parseTemplate)]),
    );
    for (const [action, texts] of Object.entries(failed)) {
      templates.set(`failed ${action}`, texts.map(parseTemplate));
    }
    const used = new Set<string>();
    for (const name of Object.keys(definition.views)) {
      for (const event of shown(loaded, name, loaded.events, locale)) {
        assert.ok(event.sentence, `${name}: ${event.action}`);
        assert.ok(!/undefined|\s{2}/.test(event.sentence), event.sentence);
        const lists = isRefused(event) ? ['', 'failed '] : [''];
        for (const action of lists.map((list) => `${list}${event.action}`)) {
          const variants = templates.get(action) ?? [];
          const best = variants.findIndex(
            (one) => sentenceOf({ usual: [one], failed: [] }, event, locale) !== undefined,
          );
          used.add(`${action} ${best}`);
        }
        const tells = UNDONE[locale]?.test(event.sentence);
        assert.equal(tells, hasFailed(event), `${name}: ${event.sentence}`);
      }
    }
    for (const [action, variants] of templates) {
      // Words of the log's own are no part of the blueprint.
      if (isOwn({ action })) continue;
      for (const index of variants.slice(0, -1).keys()) {
        assert.ok(used.has(`${action} ${index}`), `${action}: variant ${index} is never used`);
      }
    }
  });
}

function checkReading(loaded: Loaded): void {
  const { definition } = loaded;

  test('each question has an answer, except who has read the log', () => {
    const questions = definition.questions ?? [];
    assert.ok(questions.length >= 6);
    for (const { q, range, view } of questions) {
      assert.ok(view, `${q} names no view`);
      if (q.includes('annals.')) continue;
      assert.ok(found(loaded, view, q, daysOf(range)).length > 0, q);
    }
  });

  test('a view of public values shows nothing personal', () => {
    const names = Object.entries(definition.views).flatMap(([name, { classes }]) =>
      classes && !classes.includes('personal') ? [name] : [],
    );
    const everybody = personalTexts(loaded);
    const published = new Set(
      Object.entries(definition.data_classes ?? {}).flatMap(([pointer, dataClass]) =>
        dataClass === 'public' ? [pointer] : [],
      ),
    );
    if (published.has('/actor/name')) {
      for (const { actor } of loaded.events) {
        for (const text of [actor.name, actor.email]) {
          if (typeof text === 'string') everybody.delete(text);
        }
      }
    }
    for (const name of names) {
      const project = projectorOf(viewOf(loaded.compiled, name, definedView(loaded, name), {}));
      const pages: string[] = [];
      for (const event of loaded.events) {
        const visible = project(event);
        if (visible === undefined) continue;
        const leaves = new Map(leavesOf(visible));
        const page = [...leaves.values()].join('\n');
        pages.push(page);
        // What it hides of this event stands nowhere else in it either, unless somebody who may
        // be seen bears the same name.
        const seen = new Set(leaves.values());
        for (const [path, value] of leavesOf(event)) {
          if (leaves.has(path) || seen.has(value)) continue;
          if (typeof value !== 'string' || value.length < TELLING_LENGTH) continue;
          assert.ok(!page.includes(value), `${name}: ${path} ${value} in ${page}`);
        }
      }
      const book = pages.join('\n');
      for (const text of everybody) assert.ok(!book.includes(text), `${name} shows ${text}`);
    }
  });
}

/** Registers the tests of a blueprint. */
export function blueprintSuite(loaded: Loaded): void {
  suite(`the blueprint ${loaded.blueprint.name}: its demo data`, () => checkSpan(loaded));
  suite(`the blueprint ${loaded.blueprint.name}: everything is used`, () => checkUse(loaded));
  catalogSuite(loaded);
}

/** What must be true of each event and of all that readers get, however many events there are. */
export function catalogSuite(loaded: Loaded): void {
  suite(`the blueprint ${loaded.blueprint.name}: its events`, () => checkEvents(loaded));
  suite(`the blueprint ${loaded.blueprint.name}: what readers get`, () => {
    for (const locale of loaded.definition.locales ?? ['en']) checkSentences(loaded, locale);
    checkReading(loaded);
  });
}
