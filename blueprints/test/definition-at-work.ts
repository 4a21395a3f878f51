/**
 * Whether a blueprint's definition and its events fit each other: tests that are the same for
 * several blueprints. Events are looked at as readers get them, through each view.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { checkDefinition } from '@annals/contract/check-definition';
import { type Compiled, compileDefinition, namedQuery, viewOf } from '@annals/contract/compile';
import { type Action, Definition, type ViewDefinition } from '@annals/contract/definition';
import { EventInput, type ReadEvent } from '@annals/contract/event';
import { matcherOf } from '@annals/contract/match';
import { parsePeriod, roughDays } from '@annals/contract/period';
import { parseQuery } from '@annals/contract/query';
import { parseTemplate, sentenceOf } from '@annals/contract/sentences';
import { projectorOf } from '@annals/contract/view';
import { Compile } from 'typebox/schema';
import { parse } from 'yaml';
import type { Blueprint } from '../blueprint.ts';

export const NOW_MS = Date.parse('2026-11-19T15:20:00Z');
const DAY_MS = 24 * 60 * 60 * 1000;
/** What only the log itself records: no blueprint's data have it. */
const OWN_EVENTS = /\bannals\./;
const EVENTS = { least: 1_500, most: 3_000 } as const;
const ACTION_LEAST = 3;
const MONTHS_LEAST = 13;
/** Words of sentences about what was not done. */
const UNDONE = /could not|tried to|konnte|versuch/;

const isDefinition = Compile(Definition);
const isEvent = Compile(EventInput);

export function definitionOf(name: string): Definition {
  const path = new URL(`../${name}/definition.yaml`, import.meta.url);
  const value: unknown = parse(readFileSync(path, 'utf8'));
  assert.deepEqual(checkDefinition(value), []);
  assert.ok(isDefinition.Check(value));
  return value;
}

/** An event as it is read: with what the catalog adds. */
export function readEvent(compiled: Compiled, event: EventInput): ReadEvent {
  const known = compiled.actions.get(event.action);
  assert.ok(known, `${event.action} is not in the catalog`);
  const { operation } = known.action;
  return {
    id: '',
    tenant_id: '',
    received_at: event.occurred_at,
    event_type: known.eventType,
    ...(operation && { operation }),
    ...event,
  };
}

const timeOf = ({ occurred_at }: ReadEvent): number => Date.parse(occurred_at);
const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string) => Map.groupBy(items, keyOf);

function isInOrder(events: readonly EventInput[]): boolean {
  return events.every(({ occurred_at }, index) => {
    const before = events[index - 1]?.occurred_at ?? '';
    return before <= occurred_at && Date.parse(occurred_at) <= NOW_MS;
  });
}

function checkEvents(blueprint: Blueprint, events: readonly EventInput[]): void {
  for (const event of events) {
    assert.ok(isEvent.Check(event), JSON.stringify([isEvent.Errors(event)[1][0], event]));
  }
  assert.ok(isInOrder(events));
  assert.equal(new Set(events.map(({ id }) => id)).size, events.length);
  assert.ok(events.length >= EVENTS.least && events.length <= EVENTS.most, `${events.length}`);
  const first = Date.parse(events[0]?.occurred_at ?? '');
  assert.ok(first < NOW_MS - MONTHS_LEAST * 30 * DAY_MS);
  const tenants = blueprint.tenants(NOW_MS).map(({ tenant_id }) => tenant_id);
  assert.ok(tenants.length >= 2);
  const byTenant = groupBy(events, ({ tenant_id = '' }) => tenant_id);
  assert.deepEqual([...byTenant.keys()].sort(), [...tenants].sort());
}

/** The schema of metadata that holds on a day. */
const schemaAt = ({ metadata = [] }: Action, day: string) =>
  metadata.filter(({ from = '' }) => from <= day).at(-1)?.schema;

function checkCatalog({ definition, actions }: Compiled, events: readonly ReadEvent[]): void {
  const { resource_types = {}, applications = {} } = definition;
  const byAction = groupBy(events, ({ action }) => action);
  for (const name of actions.keys()) {
    const times = byAction.get(name)?.length ?? 0;
    assert.ok(times >= ACTION_LEAST, `${name} is done ${times} times`);
  }
  const touched = new Map<string, Set<string>>();
  for (const event of events) {
    const known = actions.get(event.action);
    const [first] = event.targets ?? [];
    if (first) {
      assert.ok(
        known?.action.resource_types?.includes(first.type),
        `${event.action} ${first.type}`,
      );
    }
    for (const { type } of event.targets ?? []) {
      assert.ok(resource_types[type], type);
      touched.set(type, (touched.get(type) ?? new Set()).add(event.action));
    }
    const schema = known && schemaAt(known.action, event.occurred_at);
    if (schema) assert.ok(Compile(schema).Check(event.metadata ?? {}), JSON.stringify(event));
    else assert.equal(event.metadata, undefined, event.action);
    const { application } = event.source ?? {};
    if (application !== undefined) assert.ok(applications[application], application);
  }
  for (const type of Object.keys(resource_types)) {
    assert.ok((touched.get(type)?.size ?? 0) > 1, `${type} is touched by too few actions`);
  }
  for (const name of Object.keys(applications)) {
    assert.ok(
      events.some(({ source }) => source?.application === name),
      name,
    );
  }
}

/** Events as a view shows them, without its limits of time. */
export function shownBy(
  compiled: Compiled,
  name: string,
  events: readonly ReadEvent[],
  locale?: string,
): ReadEvent[] {
  const view = compiled.definition.views[name];
  assert.ok(view, name);
  const project = projectorOf(viewOf(compiled, name, view, { locale }));
  return events.flatMap((event) => project(event) ?? []);
}

const viewsOf = ({ definition: { views } }: Compiled): [string, ViewDefinition][] =>
  Object.entries(views).filter(([, { rows = '' }]) => !OWN_EVENTS.test(rows));
const localesOf = ({ definition: { locales = ['en'] } }: Compiled): readonly string[] => locales;

/** Which variant makes each event's sentence; what was not done must not sound done. */
function checkSentences(compiled: Compiled, events: readonly ReadEvent[], locale: string): void {
  const used = new Map<string, Set<number>>();
  const { sentences = {} } = viewOf(compiled, '', { label: '' }, { locale }).vocabulary ?? {};
  const templates = new Map(
    Object.entries(sentences).map(([action, texts]) => [action, texts.map(parseTemplate)]),
  );
  for (const [name] of viewsOf(compiled)) {
    const shown = shownBy(compiled, name, events, locale);
    assert.ok(shown.length > 0, `${name} shows nothing`);
    for (const event of shown) {
      const { action, sentence = '', outcome } = event;
      assert.notEqual(sentence, '', `${action} in ${name}`);
      const isUndone = outcome !== undefined && outcome.result !== 'success';
      if (isUndone) assert.match(sentence, UNDONE, `${action} in ${name}`);
      const index = (templates.get(action) ?? []).findIndex(
        (template) => sentenceOf({ usual: [template], failed: [] }, event, locale) !== undefined,
      );
      used.set(action, (used.get(action) ?? new Set()).add(index));
    }
  }
  for (const [action, texts] of templates) {
    const unused = texts.slice(0, -1).flatMap((_text, index) => {
      return used.get(action)?.has(index) ? [] : [sentences[action]?.[index]];
    });
    assert.deepEqual(unused, [], `sentences of ${action} that no event uses`);
  }
}

function checkQuestions(compiled: Compiled, events: readonly ReadEvent[]): void {
  const { questions = [], views } = compiled.definition;
  for (const { q, range, view = '' } of questions) {
    if (OWN_EVENTS.test(q)) continue;
    const matches = matcherOf(namedQuery(compiled, parseQuery(q)));
    const [length, reach] = [range, views[view]?.reach ?? range].map((period) => {
      const parts = parsePeriod(period);
      return parts ? roughDays(parts) : 0;
    });
    const fromMs = NOW_MS - Math.min(length ?? 0, reach ?? 0) * DAY_MS;
    const shown = shownBy(compiled, view, events).filter((event) => timeOf(event) >= fromMs);
    assert.ok(shown.some(matches), `nothing answers ${q}`);
  }
}

/** Short values are in other words by chance. */
const TELLING = 4;
const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
};

/** What of an event nobody may see who sees public values alone. */
export function personalTexts({ definition, persons }: Compiled, event: ReadEvent): string[] {
  const { data_classes = {} } = definition;
  const isPublic = (pointer: string): boolean => data_classes[pointer] === 'public';
  const ofPersons = (part: string, entities: readonly { type: string }[] = []) =>
    entities
      .filter(({ type }) => persons.includes(type))
      .flatMap((entity) => Object.entries(entity))
      .filter(([name]) => ['name', 'email'].includes(name) && !isPublic(`/${part}/${name}`))
      .map(([, value]) => value);
  const { ip, user_agent, location, session_id } = event.context ?? {};
  const hidden = Object.entries(event.metadata ?? {}).filter(
    ([name]) => !isPublic(`/metadata/${name}`),
  );
  return textsIn([
    ofPersons('actor', [event.actor]),
    ofPersons('on_behalf_of', event.on_behalf_of),
    ofPersons('targets', event.targets),
    event.changes,
    [ip, user_agent, location, session_id],
    [event.reason?.text, event.outcome?.reason],
    hidden.map(([, value]) => value),
    event.labels,
  ]).filter((text) => text.length >= TELLING);
}

/** Digits alone are in ids and times by chance, but not as a word. */
const tells = (text: string, value: string): boolean =>
  /^\d+$/.test(value) ? new RegExp(`\\b${value}\\b`).test(text) : text.includes(value);

function checkPublicViews(compiled: Compiled, events: readonly ReadEvent[]): void {
  for (const [name, { classes }] of viewsOf(compiled)) {
    if (classes?.includes('personal') !== false) continue;
    for (const event of events) {
      const [shown] = shownBy(compiled, name, [event]);
      const text = JSON.stringify(shown ?? {});
      const told = personalTexts(compiled, event).filter((one) => tells(text, one));
      assert.deepEqual(told, [], `${name} tells of ${event.action}`);
    }
  }
}

/** What a blueprint has, for tests of its own. */
export function workedExample(blueprint: Blueprint) {
  const compiled = compileDefinition(definitionOf(blueprint.name));
  const inputs = [...blueprint.events({ seed: 7, nowMs: NOW_MS })];
  return { compiled, inputs, events: inputs.map((event) => readEvent(compiled, event)) };
}

/** Tests that every blueprint passes. */
export function definitionAtWork(
  blueprint: Blueprint,
  { compiled, inputs, events }: ReturnType<typeof workedExample>,
): void {
  suite(`the blueprint ${blueprint.name}`, () => {
    test('is the project of its name, and its texts are in each of its languages', () => {
      assert.equal(compiled.definition.project, blueprint.name);
    });
    test('has events that can be recorded, in order, of all its tenants', () => {
      checkEvents(blueprint, inputs);
    });
    test('has the same events for a seed and a moment, and others for another seed', () => {
      const text = (seed: number) =>
        JSON.stringify([...blueprint.events({ seed, nowMs: NOW_MS })].slice(0, 400));
      assert.ok(text(7) === JSON.stringify(inputs.slice(0, 400)));
      assert.ok(text(8) !== text(7));
    });
    test('uses every action, resource type and application of its catalog, as it says', () => {
      checkCatalog(compiled, events);
    });
    for (const locale of localesOf(compiled)) {
      test(`says what happened in each view and with each sentence (${locale})`, () => {
        checkSentences(compiled, events, locale);
      });
    }
    test('has an answer to each of its questions', () => {
      checkQuestions(compiled, events);
    });
    test('shows nothing personal where only public values are shown', () => {
      checkPublicViews(compiled, events);
    });
  });
}
