import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinition, readDefinition } from './check-definition.ts';
import type { Definition } from './definition.ts';

const sentences = ['{actor} changed {target}', '{actor} changed something'];
const GOOD: Definition = {
  project: 'crm',
  label: { en: 'CRM', de: 'CRM' },
  locales: ['en', 'de'],
  time_zone: 'Europe/Berlin',
  resource_types: { person: { label: 'Person', synonyms: ['Member'], person: true } },
  event_types: {
    people: {
      label: 'People',
      actions: { 'person.updated': { label: 'Person updated', sentences } },
    },
  },
  data_classes: { '/metadata/plan': 'public', '/actor/name': 'public' },
  views: {
    console: {
      label: 'Console',
      rows: 'initiator:user actor.role:admin',
      classes: ['public'],
      changes: 'none',
      targets: { person: 'id_only' },
      reach: 'P1Y',
      window: 'P3M',
      delay: 'PT6H',
      filters: [
        { key: 'date_range', label: 'Date range', required: true },
        { key: 'metadata', name: 'plan', label: 'Plan' },
      ],
      columns: [
        { path: '/occurred_at', label: 'When' },
        { path: 'sentence', label: 'What' },
        { path: '/metadata/plan', label: 'Plan' },
      ],
    },
  },
  roles: { admin: { label: 'Admin', viewer: true, grants: { console: ['read', 'export'] } } },
  questions: [
    { label: 'What was deleted?', q: 'operation:delete', range: 'P90D', view: 'console' },
  ],
};

const found = (change: Partial<Definition>): string[] =>
  checkDefinition({ ...GOOD, ...change }).map(({ path, level }) => `${level} ${path}`);
const view = (change: Partial<Definition['views'][string]>) => {
  const { console: usual } = GOOD.views;
  return { views: { console: { label: 'Console', ...usual, ...change } } };
};

test('titles of metadata are texts, in the languages of the project', () => {
  const asked = (title: unknown) => {
    const schema = { properties: { 'a/b': { type: 'string', title } } };
    const updated = { label: 'Person updated', sentences, metadata: [{ schema }] };
    return found({
      event_types: { people: { label: 'P', actions: { 'person.updated': updated } } },
    });
  };
  const path = '/event_types/people/actions/person.updated/metadata/0/schema/properties/a~1b/title';
  assert.deepEqual(asked('Plan'), []);
  assert.deepEqual(asked({ en: 'Plan', de: 'Plan' }), []);
  assert.deepEqual(asked({ en: 'Plan' }), [`gap ${path}`]);
  assert.deepEqual(asked({ en: 'Plan', de: 'Plan', fr: 'Plan' }), [`error ${path}`]);
  assert.deepEqual(asked(7), [`error ${path}`]);
});

test('a good definition has no finding; what has not the form is told where', () => {
  assert.deepEqual(checkDefinition(GOOD), []);
  const [found] = checkDefinition({ ...GOOD, views: { console: { label: 'x', reach: '90' } } });
  assert.equal(found?.path, '/views/console/reach');
  assert.match(found?.detail ?? '', /length of time, for example P90D/);
  assert.equal(checkDefinition(undefined).length, 1);
});

test('with gaps it can be applied, with errors it cannot', () => {
  const lacking = { ...GOOD, label: { en: 'CRM' } };
  assert.equal(readDefinition(lacking).definition, lacking);
  assert.equal(readDefinition(lacking).findings.length, 1);
  assert.equal(readDefinition({ ...GOOD, time_zone: 'Mars' }).definition, undefined);
  assert.equal(readDefinition({}).definition, undefined);
});

test('a name that has not its form is told, with whatever it stands for', () => {
  const rows: [object, RegExp][] = [
    [{ views: { 'Bad Name': 7 } }, /up to 63 lower-case letters/],
    [{ resource_types: { 'a b': 7 } }, /without white space/],
    [{ label: { 'e\nn': 7 } }, /must be a language tag/],
    [{ data_classes: { '/metadata/a\nb': 7 } }, /one of: public, personal, secret/],
  ];
  for (const [change, detail] of rows) {
    const details = checkDefinition({ ...GOOD, ...change }).map((finding) => finding.detail);
    assert.match(details.join('\n'), detail);
  }
});

test('each mistake is found at its place', () => {
  const action = (texts: Definition['label'][]) => ({
    event_types: { people: { label: 'P', actions: { a: { label: 'A', sentences: texts } } } },
  });
  const rows: [string, Partial<Definition>, string][] = [
    ['time zone', { time_zone: 'Mars' }, 'error /time_zone'],
    ['a language that is missing', { label: { en: 'CRM' } }, 'gap /label'],
    ['a language too many', { label: { en: 'a', de: 'b', fr: 'c' } }, 'error /label'],
    [
      'a day that is none',
      { resource_types: { person: { label: 'Person', since: '2026-02-30' } } },
      'error /resource_types/person/since',
    ],
    ['a floor that is no day', view({ floor: '2026-13-01' }), 'error /views/console/floor'],
    [
      'a filter that cannot mean one',
      view({ filters: [{ key: 'outcome', label: 'Outcome', one: true }] }),
      'error /views/console/filters/0/one',
    ],
    ['a view named all', { views: { ...GOOD.views, all: { label: 'x' } } }, 'error /views/all'],
    ['rows that do not parse', view({ rows: 'actor:(' }), 'error /views/console/rows'],
    [
      'a target that is no type',
      view({ targets: { house: 'full' } }),
      'error /views/console/targets/house',
    ],
    ['a window beyond the reach', view({ window: 'P2Y' }), 'gap /views/console/window'],
    [
      'a column to nowhere',
      view({ columns: [{ path: '/actr/name', label: 'x' }] }),
      'error /views/console/columns/0/path',
    ],
    [
      'a filter without its name',
      view({ filters: [{ key: 'label', label: 'x' }] }),
      'error /views/console/filters/0',
    ],
    [
      'a filter that is there twice',
      view({ filters: ['a', 'b'].map((label) => ({ key: 'actor' as const, label })) }),
      'error /views/console/filters/1',
    ],
    [
      'a role for a view that is not there',
      { roles: { a: { label: 'A', grants: { logs: ['read'] } } } },
      'error /roles/a/grants/logs',
    ],
    [
      'export without reading',
      { roles: { a: { label: 'A', grants: { console: ['export'] } } } },
      'error /roles/a/grants/console',
    ],
    [
      'a role of customers that manages',
      { roles: { a: { label: 'A', viewer: true, manage: ['keys'] } } },
      'error /roles/a/manage',
    ],
    [
      'a question that does not parse',
      { questions: [{ label: 'x', q: '"', range: 'P1D' }] },
      'error /questions/0/q',
    ],
    [
      'a last sentence that a view may hide',
      action(['{actor} changed {target}']),
      'error /event_types/people/actions/a/sentences/0',
    ],
    [
      'a slot that is none, in one language',
      action([{ en: '{actor}', de: '{akteur}' }]),
      'error /event_types/people/actions/a/sentences/0/de',
    ],
    [
      'a class of what has none',
      { data_classes: { '/action': 'personal' } },
      'error /data_classes/~1action',
    ],
    [
      'a secret name',
      { data_classes: { '/actor/name': 'secret' } },
      'error /data_classes/~1actor~1name',
    ],
    [
      'one action in two event types',
      {
        event_types: {
          one: { label: '1', actions: { a: { label: 'A', sentences } } },
          two: { label: '2', actions: { a: { label: 'A', sentences } } },
        },
      },
      'error /event_types/two/actions/a',
    ],
    [
      'one name for two types',
      { resource_types: { a: { label: 'Case' }, b: { label: 'B', synonyms: ['case'] } } },
      'gap /resource_types/b',
    ],
  ];
  for (const [name, change, expected] of rows) {
    assert.ok(found(change).includes(expected), `${name}: ${found(change).join(' · ')}`);
  }
});
