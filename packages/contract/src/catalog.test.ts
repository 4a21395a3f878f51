import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogOf } from './catalog.ts';
import { compileDefinition } from './compile.ts';
import type { Definition } from './definition.ts';

const HEAD = { project: 'p', label: 'P', version: 1, time_zone: 'UTC', closed: null };
const text = { type: 'string' };
const DEFINITION: Definition = {
  project: 'p',
  label: { en: 'Product', de: 'Produkt' },
  locales: ['en', 'de'],
  event_types: {
    e: {
      label: 'E',
      actions: {
        a: {
          label: { en: 'Done', de: 'Getan' },
          sentences: ['{actor} did it'],
          metadata: [
            { schema: { properties: { units: text, cost: { ...text, title: 'Cost' }, x: text } } },
            {
              from: '2026-03-01',
              schema: {
                properties: {
                  units: { ...text, title: { en: 'Units', de: 'Einheiten' } },
                  cost: { title: 'Cost' },
                },
              },
            },
          ],
        },
      },
    },
  },
  views: { page: { label: 'Page', delay: 'PT6H' }, other: { label: 'Other' } },
  roles: {},
  questions: [
    { label: 'Q', q: 'x', range: 'P7D', view: 'page' },
    { label: 'R', q: 'y', range: 'P7D', view: 'other' },
  ],
};

test('fields are told by the versions of an action, so that old events keep their words', () => {
  const { event_types } = catalogOf(HEAD, compileDefinition(DEFINITION), new Map(), 'de');
  const [action] = event_types[0]?.actions ?? [];
  assert.equal(action?.activity, 'Getan');
  assert.deepEqual(action.fields, [
    { path: '/metadata/units', label: 'units', until: '2026-03-01' },
    { path: '/metadata/x', label: 'x', until: '2026-03-01' },
    { path: '/metadata/units', label: 'Einheiten', since: '2026-03-01' },
    { path: '/metadata/cost', label: 'Cost' },
  ]);
});

test('only views that are granted are told, and the questions of those', () => {
  const granted = new Map([['page', new Set(['read'] as const)]]);
  const catalog = catalogOf(HEAD, compileDefinition(DEFINITION), granted, undefined);
  assert.deepEqual(
    catalog.views.map(({ view, live, capabilities }) => [view, live, capabilities]),
    [['page', false, ['read']]],
  );
  assert.deepEqual(
    catalog.questions.map(({ label }) => label),
    ['Q'],
  );
  const empty = catalogOf(HEAD, undefined, new Map(), undefined);
  assert.deepEqual([empty.event_types, empty.views, empty.locale], [[], [], 'en']);
});
