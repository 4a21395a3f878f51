import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { Compile } from 'typebox/schema';
import { definition } from '../test/definitions.ts';

import { compileDefinition, viewOf } from './compile.ts';
import { Definition } from './definition.ts';
import { diffDefinitions, narrowedViews } from './diff-definitions.ts';
import words from './diff-definitions.words.json' with { type: 'json' };
import type { ReadEvent } from './event.ts';
import { pointerTo } from './pointer.ts';
import { projectorOf } from './view.ts';

const form = Compile(Definition);

type Json = unknown;
const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Pointers of all values in which two JSON values differ; a list is one value. */
function differences(before: Json, after: Json, path = ''): string[] {
  const isPair =
    [before, after].some(isObject) &&
    [before, after].every((one) => isObject(one) || one === undefined);
  if (!isPair) return isDeepStrictEqual(before, after) ? [] : [path];
  const [old, now] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  const own = [...names].flatMap((name) => {
    const [here, there] = [old, now].map((one) =>
      Object.hasOwn(one, name) ? one[name] : undefined,
    );
    return differences(here, there, path + pointerTo(name));
  });
  return own.length === 0 && (before === undefined) !== (after === undefined) ? [path] : own;
}

const holds = (outer: string, inner: string): boolean =>
  inner === outer || inner.startsWith(`${outer}/`);

/** The value with what stands at the pointer replaced by what stands there in another one. */
function graft(value: Json, other: Json, [name, ...rest]: readonly string[]): Json {
  if (name === undefined) return other;
  const [here, there] = [isObject(value) ? value : {}, isObject(other) ? other : {}];
  const inner = graft(here[name], there[name], rest);
  const { [name]: _old, ...left } = here;
  return inner === undefined ? left : { ...here, [name]: inner };
}
const namesOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

/** A definition, and the same with one part of it, under a pointer, as another one has it. */
const edited = (under: RegExp) =>
  fc
    .tuple(definition, definition, fc.nat(), fc.integer({ min: 1, max: 4 }))
    .map(([before, other, n, depth]): [Definition, Definition] => {
      const all = differences(before, other).filter((pointer) => under.test(pointer));
      const names = namesOf(all[n % Math.max(1, all.length)] ?? '').slice(0, depth);
      const after = names.length === 0 ? before : graft(before, other, names);
      // Where the part may not be left out, it stays.
      return [before, form.Check(after) ? after : before];
    });

describe('nothing is missed', () => {
  const check = (before: Definition, after: Definition) => {
    const paths = diffDefinitions(before, after).map(({ path }) => path);
    const found = differences(before, after);
    for (const pointer of found) {
      assert(
        paths.some((path) => holds(path, pointer)),
        `${pointer} of ${paths.join(' ')}`,
      );
    }
    const isMeaning = (path: string) =>
      /^\/views\/[^/]+\/rows$|^\/roles\/[^/]+\/grants$/.test(path);
    for (const path of paths.filter((one) => !isMeaning(one))) {
      const isTold = found.some((pointer) => holds(path, pointer) || holds(pointer, path));
      const isOrder = JSON.stringify(before) !== JSON.stringify(after);
      assert(isTold || isOrder, `${path} without a difference`);
    }
  };
  test('of one part that is changed', () => {
    fc.assert(
      fc.property(edited(/./), ([before, after]) => check(before, after)),
      { numRuns: 3_000 },
    );
  });
  test('of two definitions that have little in common', () => {
    fc.assert(
      fc.property(definition, definition, (before, after) => check(before, after)),
      { numRuns: 500 },
    );
  });
  test('and of equal definitions nothing is told', () => {
    fc.assert(
      fc.property(definition, (one) => {
        assert.deepEqual(diffDefinitions(one, structuredClone(one)), []);
      }),
    );
  });
});

/** Every value that a view shows of the event, by its pointer. */
function shown(definition: Definition, event: ReadEvent): ReadonlySet<string> | undefined {
  const view = Object.hasOwn(definition.views, 'page') ? definition.views['page'] : undefined;
  if (view === undefined) return undefined;
  const subject = { kind: 'record', type: 'person', id: 'p' } as const;
  const bound = view.binding === undefined || view.binding === 'none' ? {} : { subject };
  const seen = projectorOf(viewOf(compileDefinition(definition), 'page', view, bound))(event);
  const leaves = (value: Json, path: string): string[] => {
    if (typeof value !== 'object' || value === null) return [path];
    return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}/${name}`));
  };
  const { activity: _activity, sentence: _sentence, ...rest } = seen ?? {};
  return new Set(seen === undefined ? [] : leaves(rest, ''));
}

test('what is judged a gain hides nothing, what is judged a loss shows nothing more', () => {
  const word = fc.constantFrom('a', 'b', 'c', 'annals.a');
  const type = fc.constantFrom('person', 'case', 'user');
  const event = fc.tuple(word, type, fc.constantFrom('user', 'support')).map(
    ([action, targetType, actor]): ReadEvent => ({
      ...{ id: 'e', tenant_id: 't', occurred_at: '', received_at: '', action },
      ...{ sequence: 1, leaf_hash: 'x', outcome: { result: 'denied' } },
      actor: { type: actor === 'user' ? 'user' : 'support', id: 'u', name: 'N', email: 'm' },
      targets: [{ type: targetType, id: 'p', name: 'T', email: 'm' }],
      changes: [
        { path: '/x', before: 1, after: 2 },
        { path: '/y', after: 2 },
      ],
      context: { ip: '1.2.3.4', location: 'L' },
      metadata: { x: 1, y: 2 },
      labels: { l: 'v' },
    }),
  );
  let judged = 0;
  fc.assert(
    fc.property(
      edited(/^.(views.page|data_classes|resource_types)/),
      event,
      ([before, after], one) => {
        const changes = diffDefinitions(before, after);
        const effects = new Set(changes.map(({ effect }) => effect));
        const [had, has] = [shown(before, one), shown(after, one)];
        if (effects.size !== 1 || had === undefined || has === undefined) return;
        const told = JSON.stringify(changes);
        if (effects.has('gain'))
          assert(
            [...had].every((path) => has.has(path)),
            told,
          );
        if (effects.has('loss'))
          assert(
            [...has].every((path) => had.has(path)),
            told,
          );
        judged += had.size === has.size ? 0 : 1;
      },
    ),
    { numRuns: 4_000 },
  );
  assert(judged > 20, `${judged} edits showed more or less`);
});

const sentences = ['{actor} changed {target}', '{actor} changed something'];
const BEFORE: Definition = {
  project: 'crm',
  label: 'CRM',
  locales: ['en', 'de'],
  time_zone: 'Europe/Berlin',
  applications: { web: { label: 'Web' } },
  resource_types: {
    person: { label: { en: 'Person', de: 'Person' }, synonyms: ['Member'] },
    case: { label: 'Case', includes: ['Notes'], since: '2025-01-01' },
  },
  event_types: {
    people: {
      label: 'People',
      actions: { 'person.updated': { label: 'Person updated', sentences } },
    },
    cases: { label: 'Cases', actions: { 'case.closed': { label: 'Case closed', sentences } } },
  },
  data_classes: { '/metadata/plan': 'public' },
  views: {
    page: { label: 'Page', rows: 'action:case.closed', classes: ['public'], reach: 'P1Y' },
    profile: { label: 'Profile', rows: 'target.type:Member', changes: 'values' },
  },
  roles: {
    agent: { label: 'Agent', grants: { page: ['read'] } },
    admin: {
      label: 'Admin',
      grants: { page: ['read', 'export'], profile: ['read'] },
      manage: ['keys'],
    },
  },
};
const page = BEFORE.views['page'] ?? assert.fail();
const profile = BEFORE.views['profile'] ?? assert.fail();
const agent = BEFORE.roles['agent'] ?? assert.fail();
const view = (change: Partial<Definition['views'][string]>): Partial<Definition> => ({
  views: { page: { ...page, ...change }, profile },
});
const { people, cases } = BEFORE.event_types ?? {};
const closed = cases?.actions['case.closed'] ?? assert.fail();
const updated = people?.actions['person.updated'] ?? assert.fail();
const closing = (change: Partial<typeof closed>): Partial<Definition> => ({
  event_types: {
    ...BEFORE.event_types,
    cases: { label: 'Cases', actions: { 'case.closed': { ...closed, ...change } } },
  },
});

/** Lines as `effect path detail`. */
const told = (change: Partial<Definition>): string[] =>
  diffDefinitions(BEFORE, { ...BEFORE, ...change }).map(
    ({ effect, path, detail }) => `${effect} ${path} ${detail}`,
  );

/** What is said of each of these changes; in a file, since its lines are long. */
const wordsOf = (name: string): string[] =>
  Object.entries(words).find(([known]) => known === name)?.[1] ?? assert.fail(name);

describe('in words', () => {
  const rows: [string, Partial<Definition>][] = [
    ['limits', view({ reach: 'P30D', floor: '2025-01-01', window: 'P90D', delay: 'PT6H' })],
    ['a length that is longer in some years', view({ reach: 'P365D' })],
    [
      'a default that is written out',
      { views: { page, profile: { ...profile, support: 'name' } } },
    ],
    [
      'what a view shows',
      view({
        rows: 'outcome:denied action:case.closed',
        classes: ['public', 'personal'],
        changes: 'paths',
        targets: { person: 'id_only' },
        support: 'team',
        binding: 'record',
        formats: ['csv'],
        proof: true,
      }),
    ],
    [
      'how a view is used',
      view({
        permission: 'Audit Logs',
        operators: true,
        self_audit: true,
        columns: [{ path: '/action', label: 'What' }],
        filters: [{ key: 'actor', label: 'Who', required: true }],
      }),
    ],
    [
      'views that are new and gone',
      { views: { page, log: { label: 'Log' } }, roles: { ...BEFORE.roles, admin: agent } },
    ],
    [
      'roles that gain',
      {
        roles: {
          agent: {
            label: 'Agent',
            grants: { page: ['schedule', 'read'], profile: ['read', 'export'] },
            viewer: true,
          },
          boss: { label: 'Boss', grants: { page: ['read'] }, manage: ['people'] },
        },
      },
    ],
    ['the order of views', { views: { profile, page } }],
    [
      'resource types, and what they mean elsewhere',
      {
        resource_types: {
          person: { label: { en: 'Human', de: 'Person' }, synonyms: ['Staff'], person: true },
          house: { label: 'House' },
        },
      },
    ],
    [
      'classes of values',
      {
        data_classes: {
          '/metadata/plan': 'personal',
          '/metadata/card': 'secret',
          '/context/ip': 'public',
        },
      },
    ],
    [
      'rules',
      {
        gating: { opt_in: true, plans: ['big'], prerequisites: ['analytics'], demo: false },
        retention: { events: 'P1Y', plans: { big: { events: 'P3Y', personal: 'P90D' } } },
        unknown_actions: 'refuse',
      },
    ],
    [
      'time zone, languages and questions',
      {
        time_zone: 'Asia/Tokyo',
        locales: ['de', 'en', 'fr'],
        questions: [{ label: 'Who?', q: 'action:a', range: 'P1D' }],
      },
    ],
    [
      'actions that are new, gone and elsewhere',
      {
        event_types: {
          cases: { label: 'Files', actions: { 'person.updated': updated, 'case.opened': closed } },
        },
        unknown_actions: 'refuse',
      },
    ],
    [
      'an action',
      closing({
        label: { en: 'Case closed', de: 'Fall geschlossen' },
        operation: 'update',
        sentences: ['{actor} closed {target}', ...sentences],
        metadata: [{ schema: { properties: { cost: {} } } }],
      }),
    ],
  ];
  for (const [name, change] of rows) {
    test(name, () => assert.deepEqual(told(change), wordsOf(name)));
  }
});

test('the order in which people read the catalog', () => {
  const { person, case: file } = BEFORE.resource_types ?? {};
  assert(person && file && people && cases);
  const turned = { resource_types: { case: file, person }, event_types: { cases, people } };
  assert.deepEqual(told(turned), [
    'other /resource_types The resource types come in another order.',
    'other /event_types The event types come in another order.',
  ]);
});

test('what was is told the other way round', () => {
  const change = view({ reach: 'P30D', classes: ['personal'], binding: 'actor', proof: true });
  const there = diffDefinitions(BEFORE, { ...BEFORE, ...change });
  const back = diffDefinitions({ ...BEFORE, ...change }, BEFORE);
  const turned = { gain: 'loss', loss: 'gain', other: 'other' };
  assert.deepEqual(
    back.map(({ path, effect }) => [path, effect]),
    there.map(({ path, effect }) => [path, turned[effect]]),
  );
});

test('a first definition is told as a whole, and its roles gain what they may', () => {
  const lines = diffDefinitions(undefined, BEFORE).map(({ effect, path }) => `${effect} ${path}`);
  assert.deepEqual(lines, [
    'other ',
    'other /roles/agent',
    'gain /roles/agent/grants/page',
    'other /roles/admin',
    'gain /roles/admin/grants/page',
    'gain /roles/admin/grants/profile',
    'gain /roles/admin/manage',
    'gain /views/page',
    'gain /views/profile',
    'other /data_classes/~1metadata~1plan',
  ]);
  assert.match(
    diffDefinitions(undefined, BEFORE)[0]?.detail ?? '',
    /catalog of 1 application, 2 resource types, 2 event types and 2 actions\.$/,
  );
});

test('views that show less of the past, with how far they went and go', () => {
  const narrowed = (change: Partial<Definition>) => narrowedViews(BEFORE, { ...BEFORE, ...change });
  assert.deepEqual(narrowed(view({ reach: 'P30D', floor: '2025-01-01' })), [
    {
      view: 'page',
      paths: ['/views/page/reach', '/views/page/floor'],
      before: { reach: 'P1Y' },
      after: { reach: 'P30D', floor: '2025-01-01' },
    },
  ]);
  assert.deepEqual(
    narrowed(view({ reach: 'P365D' })).map(({ paths }) => paths),
    [['/views/page/reach']],
  );
  for (const reach of ['P12M', 'P2Y']) assert.deepEqual(narrowed(view({ reach })), []);
  assert.deepEqual(narrowed({ views: {} }), []);
  assert.deepEqual(narrowedViews(undefined, BEFORE), []);
});
