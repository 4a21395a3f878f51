/**
 * The leak test: every answer of every route under a random view is the one that follows from the
 * events which the view shows, and no answer holds a value that it hides.
 */
import assert from 'node:assert/strict';
import {
  builtInOf,
  type Compiled,
  compileDefinition,
  namedQuery,
  viewOf,
} from '@annals/contract/compile';
import type { ViewDefinition } from '@annals/contract/definition';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import type { Export } from '@annals/contract/exports';
import { type Actor, type Facets, type Histogram, SUGGEST_FIELDS } from '@annals/contract/find';
import { matcherOf } from '@annals/contract/match';
import { OWN_TYPES } from '@annals/contract/own-events';
import { parseQuery } from '@annals/contract/query';
import type { EventPage, RecordResult } from '@annals/contract/routes';
import { FACET_FIELDS } from '@annals/contract/values';
import { ALL, projectorOf, type Subject, type View } from '@annals/contract/view';
import fc from 'fast-check';
import { csvHeader, csvPrinter } from '../src/export/csv.ts';
import { addToCast, type Cast, namesInCast } from '../src/search/cast.ts';
import { addEvent, emptyTally } from '../src/search/tally.ts';
import { type Frame, framesOf } from './event-stream.ts';
import { exported } from './exporting.ts';
import type { TestApp } from './harness.ts';
import { caughtUp } from './indexed.ts';
import {
  HOUR_MS,
  hoursOf,
  leakDefinition,
  leakEvent,
  leakQuery,
  leakView,
  MARKS,
} from './leak-worlds.ts';

const EVENTS = 40;
/** Views of a world, each of which is asked several questions. */
export const VIEWS = 10;
/** How long a stream may take to say what it must, and to say more than it may, in ms. */
const WAIT_MS = { due: 5_000, more: 20 } as const;

/** One view of a world and what may be seen through it. */
interface Scene {
  readonly app: TestApp;
  readonly project: string;
  readonly tenant: string;
  readonly name: string;
  readonly rules: ViewDefinition;
  readonly view: View;
  readonly compiled: Compiled;
  /** Newest first, as `all` shows them. */
  readonly raw: readonly ReadEvent[];
  readonly shown: readonly ReadEvent[];
  /** Texts that no answer may hold. */
  readonly hidden: readonly string[];
}
type Asked = Readonly<Record<string, string>>;

/** Marks of values that the view hides wherever they are. */
function hiddenMarks(rules: ViewDefinition) {
  const { classes, changes, targets = {}, support = 'name', proof } = rules;
  const isPublic = classes !== undefined && !classes.includes('personal');
  const marks = proof === true ? [] : ['"sequence":', '"leaf_hash":'];
  if (isPublic) marks.push(MARKS.person, MARKS.client, MARKS.staff, MARKS.personal);
  if (isPublic || changes === 'none' || changes === 'paths') marks.push(MARKS.changedValue);
  if (changes === 'none') marks.push(MARKS.changedPath);
  if (targets['document'] === 'id_only') marks.push(MARKS.thing);
  if (targets['client'] === 'id_only') marks.push(MARKS.client);
  if (support !== 'name') marks.push(MARKS.staff);
  if (support === 'team') marks.push(MARKS.staffId);
  return marks;
}

/** Said here once more, by other means than the code under test: which events a view has. */
function isShown(
  event: ReadEvent,
  rules: ViewDefinition,
  subject: Subject | undefined,
  now: number,
) {
  const age = (now - Date.parse(event.occurred_at)) / HOUR_MS;
  if (age > (hoursOf(rules.reach) ?? Infinity) || age < (hoursOf(rules.delay) ?? 0)) return false;
  const rows = (rules.rows ?? '').replace('target.type:Client', 'target.type:client');
  if (!matcherOf(parseQuery(rows))(event)) return false;
  if (event.action.startsWith('annals.') && rules.self_audit !== true) return false;
  if (subject === undefined) return true;
  const sides = subject.kind === 'actor' ? [event.actor] : (event.targets ?? []);
  return sides.some(({ type, id }) => type === subject.type && id === subject.id);
}

function subjectFor(rules: ViewDefinition, raw: readonly ReadEvent[]): Subject | undefined {
  if (rules.binding === 'actor') {
    const { type, id } = raw[0]?.actor ?? { type: 'user', id: 'u_1' };
    return { kind: 'actor', type, id: String(id) };
  }
  if (rules.binding !== 'record') return undefined;
  const target = raw.flatMap(({ targets = [] }) => targets)[0];
  return { kind: 'record', type: target?.type ?? 'client', id: String(target?.id ?? 'c_1') };
}

function pathOf(route: string, { project, tenant, name, view }: Scene, asked: Asked): string {
  const { subject } = view;
  const search = new URLSearchParams({ project, tenant_id: tenant, view: name, ...asked });
  if (subject) search.set('subject', `${subject.type}:${subject.id}`);
  return `/v1/${route}?${search}`;
}

/** The answer, which is looked through for what it must not hold. */
async function ask<T>(scene: Scene, route: string, asked: Asked = {}, status = 200) {
  const path = pathOf(route, scene, asked);
  const answer = await scene.app.admin<T>('GET', path);
  assert.equal(answer.status, status, `${path}: ${answer.text}`);
  lookThrough(scene, answer.text, path);
  return answer;
}

function lookThrough({ hidden, rules }: Scene, text: string, path: string): void {
  for (const mark of hidden) {
    assert.ok(!text.includes(mark), `${path} tells ${mark}\n${JSON.stringify(rules)}\n${text}`);
  }
}

async function pages(scene: Scene, asked: Asked): Promise<ReadEvent[]> {
  const events: ReadEvent[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const more: Asked = cursor === '' ? {} : { cursor };
    const { json } = await ask<EventPage>(scene, 'events', { ...asked, limit: '17', ...more });
    events.push(...json.events);
    cursor = json.next_cursor;
  }
  return events;
}

/** What one question answers, by every route that takes it. */
const wantedOf = ({ shown, compiled }: Scene, q: string): readonly ReadEvent[] =>
  shown.filter(matcherOf(namedQuery(compiled, parseQuery(q))));

async function checkQuery(scene: Scene, q: string): Promise<void> {
  const wanted = wantedOf(scene, q);
  const why = `${q} ${JSON.stringify(scene.rules)}`;
  assert.deepEqual(await pages(scene, { q }), wanted, why);
  const { json: counted } = await ask<{ count: number }>(scene, 'events/count', { q });
  assert.equal(counted.count, wanted.length, why);
  await checkHistogram(scene, q, wanted);
  await checkFacets(scene, q, wanted);
  const lines = await ask(scene, 'events/download', { q, format: 'ndjson' });
  const told = lines.text.split('\n').slice(0, -1);
  assert.deepEqual(
    told.map((line): unknown => JSON.parse(line)),
    wanted,
    why,
  );
  const file = await ask(scene, 'events/download', { q, format: 'csv' });
  assert.equal(file.text, csvOf(scene, wanted), why);
}

/** A file of these events, with the columns of the view. */
function csvOf({ rules }: Scene, events: readonly ReadEvent[]): string {
  const resources = { document: 'Document', client: 'Client' };
  const columns = (rules.columns ?? []).map(({ path }) => ({ path, label: `The ${path}` }));
  const set = { columns, resources };
  const form = { flavor: 'exact', columns: set, lateBefore: undefined } as const;
  const print = csvPrinter(form, (instant) => instant);
  return csvHeader(form) + events.map((event) => print(event, false)).join('');
}

/** Files that the server makes by itself, both ways round. */
async function checkExports(scene: Scene, q: string): Promise<void> {
  const { app, project, tenant, name, view } = scene;
  const wanted = wantedOf(scene, q);
  const subject = view.subject ? { subject: `${view.subject.type}:${view.subject.id}` } : {};
  for (const order of ['desc', 'asc'] as const) {
    const body = { tenant_id: tenant, view: name, ...subject, q, order, format: 'csv' };
    const begun = await app.admin<Export>('POST', `/v1/exports?project=${project}`, body);
    assert.equal(begun.status, 202, begun.text);
    const { export_id, rows } = await exported(app, begun.json, project);
    const path = `/v1/exports/${export_id}/file?project=${project}&tenant_id=${tenant}`;
    const file = await app.admin('GET', path);
    lookThrough(scene, file.text, path);
    const sorted = order === 'asc' ? wanted.toReversed() : wanted;
    assert.equal(file.text, csvOf(scene, sorted), `${name} ${order} ${q}`);
    assert.equal(rows, wanted.length);
  }
}

async function checkHistogram(scene: Scene, q: string, wanted: readonly ReadEvent[]) {
  const { json } = await ask<Histogram>(scene, 'events/histogram', { q, interval: '6h' });
  const ends = [...json.buckets.slice(1).map(({ start }) => start), json.to].map(Date.parse);
  for (const [index, { start, count }] of json.buckets.entries()) {
    const inside = wanted.filter(({ occurred_at }) => {
      const ms = Date.parse(occurred_at);
      return ms >= Date.parse(start) && ms < (ends[index] ?? 0);
    });
    assert.equal(count, inside.length, `${q} ${start}`);
  }
  const first = scene.shown.at(-1);
  // Where nothing else limits it, the range begins with what is shown: the rest is no part of it.
  if (first && scene.rules.reach === undefined) {
    const oldest = Date.parse(first.occurred_at);
    assert.ok(Date.parse(json.from) > oldest - 7 * HOUR_MS, `${q}: begins ${json.from}`);
  }
}

async function checkFacets(scene: Scene, q: string, wanted: readonly ReadEvent[]) {
  const fields = FACET_FIELDS.join(',');
  const { json } = await ask<Facets>(scene, 'events/facets', { q, fields, limit: '100' });
  const tally = emptyTally();
  const spec = { edges: [], fields: FACET_FIELDS, hasCast: true };
  for (const event of wanted) addEvent(tally, spec, event, Date.parse(event.occurred_at));
  for (const { field, values } of json.facets) {
    const found = new Map(values.map(({ value, count }) => [value, count]));
    assert.deepEqual(found, tally.values.get(field) ?? new Map(), `${field} of ${q}`);
    if (field !== 'actor') continue;
    const names = namesInCast(tally.cast, [...found.keys()]);
    for (const { value, label } of values) {
      const name = names.get(value);
      assert.equal(label, name === value ? undefined : name, `the name of ${value}, ${q}`);
    }
  }
}

type Seen = Pick<Actor, 'type' | 'events' | 'first_seen' | 'last_seen'> & {
  readonly [K in 'id' | 'name' | 'email']?: string;
};
const byText = (one: string, other: string) => (one < other ? -1 : Number(one > other));
const seenTexts = (all: readonly Seen[]): string[] =>
  all
    .map(({ type, id, name, email, events, first_seen, last_seen }) =>
      JSON.stringify({ type, id, name, email, events, first_seen, last_seen }),
    )
    .sort(byText);

async function checkPeople(scene: Scene): Promise<void> {
  const cast: Cast = new Map();
  for (const event of scene.shown) addToCast(cast, event, Date.parse(event.occurred_at));
  for (const side of ['actors', 'records'] as const) {
    const { json } = await ask<Record<typeof side, Actor[]>>(scene, side, { limit: '500' });
    const wanted = [...cast.values()].flatMap((entry): Seen[] => {
      const seen = side === 'actors' ? entry.actedAt : entry.touchedAt;
      if (seen < 0) return [];
      const { type, id, name, email, events, firstSeen } = entry;
      const texts = { ...(id && { id }), ...(name && { name }), ...(email && { email }) };
      const times = [firstSeen, seen].map((ms) => new Date(ms).toISOString());
      return [{ type, ...texts, events, first_seen: times[0] ?? '', last_seen: times[1] ?? '' }];
    });
    assert.deepEqual(seenTexts(json[side]), seenTexts(wanted), JSON.stringify(scene.rules));
    await checkSearch(scene, side, json[side]);
  }
}

/** A search finds those of a list that have, or had, such a name as the view shows. */
async function checkSearch(scene: Scene, side: 'actors' | 'records', all: readonly Actor[]) {
  for (const search of [MARKS.person, `${MARKS.thing} 2`, MARKS.client, MARKS.staff, 'u_1']) {
    const { json } = await ask<Record<typeof side, Actor[]>>(scene, side, { search });
    const wanted = all.filter(({ id = '', name = '', email = '', former_names }) =>
      [id, name, email, ...former_names].some((text) => text.startsWith(search)),
    );
    assert.deepEqual(seenTexts(json[side]), seenTexts(wanted), `${side} ${search}`);
  }
}

async function checkSuggestions(scene: Scene): Promise<void> {
  const text = JSON.stringify(scene.shown);
  for (const field of SUGGEST_FIELDS) {
    const isNamed = ['actor', 'target', 'party', 'activity'].includes(field);
    for (const prefix of isNamed ? ['', 'zq', 'd'] : ['']) {
      const asked = { field, prefix, limit: '50' };
      const { json } = await ask<{
        suggestions: { value: string; label?: string; matched?: string; count?: number }[];
      }>(scene, 'events/suggest', asked);
      if (field === 'key') continue;
      for (const { value, label, matched, count } of json.suggestions) {
        for (const told of [value, label, matched]) {
          if (told !== undefined)
            assert.ok(text.includes(JSON.stringify(told)), `${field} ${told}`);
        }
        assert.ok((count ?? 0) <= scene.shown.length, `${field} ${value}`);
      }
    }
  }
}

async function checkSingles(scene: Scene): Promise<void> {
  const shown = new Map(scene.shown.map((event) => [event.id, event]));
  for (const { id } of scene.raw.slice(0, 12)) {
    const event = shown.get(id);
    const { json, text } = await ask<ReadEvent>(scene, `events/${id}`, {}, event ? 200 : 404);
    if (event) assert.deepEqual(json, event);
    else assert.ok(!text.includes(id));
  }
}

/** What a stream says: so many frames, and those that follow at once. */
async function streamed(scene: Scene, lastEventId: string | undefined, due: number) {
  const ended = new AbortController();
  const frames: Frame[] = [];
  const { url, adminKey: key } = scene.app;
  const path = pathOf('events/tail', scene, {});
  let silence = setTimeout(() => ended.abort(), WAIT_MS.due);
  try {
    for await (const frame of framesOf(url + path, { key, lastEventId, signal: ended.signal })) {
      frames.push(frame);
      clearTimeout(silence);
      const wait = frames.length < due ? WAIT_MS.due : WAIT_MS.more;
      silence = setTimeout(() => ended.abort(), wait);
    }
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  } finally {
    clearTimeout(silence);
  }
  return frames;
}

async function checkTail(scene: Scene, place: string): Promise<void> {
  // The first frame tells the place.
  const frames = await streamed(scene, place, scene.shown.length + 1);
  for (const { data } of frames) lookThrough(scene, data, 'tail');
  const events = frames.filter(({ event }) => event === 'event').map(({ data }) => data);
  const inOrder = new Map(scene.raw.map(({ id, sequence }) => [id, sequence ?? 0]));
  const wanted = scene.shown.toSorted(
    (one, other) => (inOrder.get(one.id) ?? 0) - (inOrder.get(other.id) ?? 0),
  );
  assert.deepEqual(
    events.map((data): unknown => JSON.parse(data)),
    wanted,
    JSON.stringify(scene.rules),
  );
}

/** Everything but who has read it, which is more with each question. */
async function rawEvents(app: TestApp, project: string, tenant: string): Promise<ReadEvent[]> {
  await app.app.ownLog.settled();
  const path = `/v1/events?project=${project}&tenant_id=${tenant}&view=all&limit=500`;
  const { json } = await app.admin<EventPage>('GET', path);
  return json.events.filter(({ event_type }) => event_type !== OWN_TYPES.access);
}

/** One world: its project, its events, and every view of it with so many questions. */
export async function checkWorld(app: TestApp, seed: number, questions: number): Promise<void> {
  const [project, tenant] = [`leaks-${seed}`, `leaky-${seed}`];
  const made = fc.sample(leakView, { seed, numRuns: VIEWS });
  const views = Object.fromEntries(made.map((view, index) => [`v${index}`, view] as const));
  const definition = leakDefinition(project, views);
  const put = await app.admin('PUT', `/v1/projects/${project}`, { definition });
  assert.equal(put.status, 200, put.text);
  await app.admin('PUT', `/v1/tenants/${tenant}?project=${project}`, {});
  const compiled = compileDefinition(definition);
  const now = Date.now();
  const events: EventInput[] = fc.sample(leakEvent(now), { seed, numRuns: EVENTS });
  const scenes: Scene[] = [];
  const bare = { app, project, tenant, compiled, hidden: [] };
  const places = new Map<string, string>();
  const record = `/v1/events?project=${project}&tenant_id=${tenant}`;
  // The first half is there before a stream begins, so that it has a place to begin at.
  const first = await app.admin('POST', record, events.slice(0, EVENTS / 2));
  assert.equal(first.status, 201, first.text);
  const half = await rawEvents(app, project, tenant);
  for (const [name, rules] of Object.entries(views)) {
    const subject = subjectFor(rules, half.slice(1));
    const view = { ...viewOf(compiled, name, rules, {}), subject };
    const scene: Scene = { ...bare, name, rules, view, raw: [], shown: [] };
    scenes.push(scene);
    if (rules.delay !== undefined) await assert.rejects(streamed(scene, undefined, 1), /422/);
    else places.set(name, (await streamed(scene, undefined, 1))[0]?.id ?? '');
  }
  const second = await app.admin<RecordResult>('POST', record, events.slice(EVENTS / 2));
  assert.equal(second.status, 201, second.text);
  if (seed % 2 === 0) await caughtUp(app, tenant);
  const raw = await rawEvents(app, project, tenant);
  assert.equal(raw.length, EVENTS + 1, 'and that the tenant was made');
  const whole = projectorOf(builtInOf(compiled, ALL, undefined));
  for (const bareScene of scenes) {
    const { rules, view, name } = bareScene;
    const visible = raw.filter((event) => isShown(event, rules, view.subject, now));
    const left = raw.filter((event) => !visible.includes(event)).map(({ id }) => id);
    const show = projectorOf(view);
    const shown = visible.flatMap((event) => show(event) ?? []);
    assert.equal(shown.length, visible.length, 'the view has the events that it must have');
    assert.ok(raw.every((event) => whole(event)));
    const scene = { ...bareScene, raw, shown, hidden: [...hiddenMarks(rules), ...left] };
    const asked = fc.sample(leakQuery(raw), { seed: seed + 1, numRuns: questions });
    for (const q of asked) await checkQuery(scene, q);
    await checkExports(scene, asked[0] ?? '');
    await checkPeople(scene);
    await checkSuggestions(scene);
    await checkSingles(scene);
    const place = places.get(name);
    const since = new Set(second.json.receipts.map(({ id }) => id));
    const later = { ...scene, shown: shown.filter(({ id }) => since.has(id)) };
    if (place !== undefined) await checkTail(later, place);
  }
}
