import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDefinition, yamlOf } from './definition-file.ts';

const GOOD = `
project: crm
label: {en: CRM, de: CRM}
locales: [en, de]
event_types:
  people:
    label: People
    actions:
      person.updated:
        label: Person updated
        sentences:
          - '{actor} changed {target}'
          - '{actor} changed a person'
views:
  console: {label: Console, reach: P1Y, window: P3M}
roles:
  admin: {label: Admin, grants: {console: [read, export]}}
`;

const findingsOf = (text: string) => parseDefinition(text).findings;
const places = (text: string): string[] =>
  findingsOf(text).map(({ line, level, path }) => `${line} ${level} ${path}`);

test('a good definition is well, as YAML and as JSON', () => {
  assert.deepEqual(findingsOf(GOOD), []);
  const json = { project: 'crm', label: 'CRM', views: {}, roles: {} };
  assert.deepEqual(findingsOf(JSON.stringify(json)), []);
});

test('what is wrong is told with its line', () => {
  assert.deepEqual(places(GOOD.replace('de: CRM', '')), ['3 gap /label']);
  assert.deepEqual(places(GOOD.replace('P3M', 'three months')), ['15 error /views/console/window']);
  assert.match(
    findingsOf(GOOD.replace('P3M', 'P3X'))[0]?.detail ?? '',
    /length of time, for example P90D/,
  );
  assert.deepEqual(places(GOOD.replace('console: [read', 'page: [read')), [
    '17 error /roles/admin/grants/page',
  ]);
  assert.deepEqual(places(GOOD.replace('locales:', 'languages:')), ['4 error /languages']);
  assert.match(findingsOf(GOOD.replace('locales:', 'languages:'))[0]?.detail ?? '', /languages/);
});

test('what is no YAML, or would grow without bound, is refused', () => {
  assert.equal(findingsOf('project: [').length, 1);
  const bomb = [
    'a: &a [x]',
    ...Array.from({ length: 20 }, (_, n) => {
      const of = n === 0 ? 'a' : `a${n - 1}`;
      return `a${n}: &a${n} [*${of}, *${of}, *${of}, *${of}]`;
    }),
  ].join('\n');
  const [found] = findingsOf(bomb);
  assert.equal(found?.level, 'error');
});

test('a definition as YAML is the same again, and none of its texts moves a cursor', () => {
  const { definition } = parseDefinition(GOOD);
  assert(definition);
  assert.deepEqual(parseDefinition(yamlOf(definition)).definition, definition);
  const label = 'Case\u001b[31m \u202eesaC\u0085\u2028';
  const odd = { ...definition, label, views: { console: { label: 'a\n"b"\n\tc' } }, roles: {} };
  const text = yamlOf(odd);
  assert.match(text, /^label: "Case\\e\[31m \\u202eesaC\\u0085\\u2028"$/m);
  assert.doesNotMatch(text, /[^\n\t\P{Cc}]|\p{Bidi_Control}|\p{Zl}/u);
  assert.deepEqual(parseDefinition(text).definition, odd);
});
