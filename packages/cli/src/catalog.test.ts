import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogOf } from '@annals/contract/catalog';
import { compileDefinition, grantsOf } from '@annals/contract/compile';
import type { Explanation } from '@annals/contract/routes';
import { testTerminal } from '../test/terminal.ts';
import { catalogLines, matching } from './catalog.ts';
import { parseDefinition } from './definition-file.ts';
import { explanationLines } from './why.ts';

const { definition } = parseDefinition(`
project: crm
label: CRM
applications: {web: {label: Web console}}
resource_types:
  user: {label: User, synonyms: [Staff, Advisor], excludes: [Their hours], person: true}
  house: {label: "House\\e[31m", since: 2025-01-01}
event_types:
  people:
    label: People
    actions:
      user.updated:
        label: User updated
        resource_types: [user]
        sentences: ['{actor} changed a user']
        metadata:
          - schema: {properties: {cost: {}}}
          - {from: 2026-01-01, schema: {properties: {units: {title: Units, description: Booked}}}}
      house.sold: {label: house.sold, sentences: ['{actor} sold a house']}
views:
  page:
    label: Page
    reach: P1Y
    delay: PT6H
    formats: [csv]
    filters: [{key: actor, label: Who, required: true}, {key: action, label: What}]
roles: {agent: {label: Agent, grants: {page: [read, export]}}}
questions: [{label: Who left?, q: 'action:user.deleted', range: P30D}]
`);
assert(definition);
const compiled = compileDefinition(definition);
const head = { project: 'crm', label: 'CRM', version: 1, time_zone: 'UTC', closed: null };
const whole = catalogOf(head, compiled, grantsOf(compiled, ['agent']).views, undefined);
const found = (word: string) => catalogLines(matching(whole, word), testTerminal());

test('the whole reference; nothing of it moves the cursor', () => {
  assert.deepEqual(catalogLines(whole, testTerminal()), [
    '',
    'Applications',
    '  Web console (web)',
    '',
    'Resource types',
    '  User (user)',
    '    also called: Staff; Advisor',
    '    leaves out: Their hours',
    '    a person: its name and e-mail are personal values',
    '  House\ufffd[31m (house)',
    '    recorded since 2025-01-01',
    '',
    'Event types and their actions',
    '  People (people)',
    '    User updated (user.updated)',
    '      of: user',
    '      /metadata/cost  cost; until 2026-01-01',
    '      /metadata/units  Units; Booked; since 2026-01-01',
    '    house.sold',
    '',
    'Views of this key',
    '  Page (page): read, export',
    '    limits: reaches back P1Y; events after PT6H',
    '    needs: Who',
    '    files: csv',
    '',
    'Questions',
    "  Who left?  -q 'action:user.deleted', last P30D",
  ]);
});

test('a type is found by its synonyms, and its actions with it', () => {
  const lines = found('ADVÍSOR');
  assert(lines.includes('  User (user)') && lines.includes('    User updated (user.updated)'));
  assert(!lines.some((line) => line.includes('ouse')));
});

test('a word is found in notes, fields and questions; a word that is nowhere finds nothing', () => {
  assert(found('hours').includes('  User (user)'));
  assert.deepEqual(found('booked').slice(1, 4), [
    'Event types and their actions',
    '  People (people)',
    '    User updated (user.updated)',
  ]);
  assert.deepEqual(found('left').slice(1), ['Questions', found('left').at(-1)]);
  assert.equal(found('people').filter((line) => /updated|sold/.test(line)).length, 2);
  assert.deepEqual(found('nonsense'), []);
});

test('an explanation marks the rule that hides, and names what is left out', () => {
  const rule = (name: 'reach' | 'rows', passes: boolean, detail: string) => ({
    ...{ rule: name, passes, detail },
  });
  const reach = rule('reach', false, 'It happened 32 days ago; the view\u001b reaches back 30.');
  const rows = rule('rows', true, 'The rows of the view hold.');
  const explanation: Explanation = {
    ...{ tenant_id: 'acme', id: 'e-1', role: 'agent', recorded: true, visible: true },
    views: [
      { view: 'page', visible: false, rules: [reach, rows], hidden: [] },
      { view: 'profile', visible: true, rules: [rows], hidden: ['/context/ip', '/metadata'] },
    ],
  };
  assert.deepEqual(explanationLines(explanation, testTerminal()), [
    'The role "agent" sees the event e-1 of acme.',
    '',
    'page: hidden by reach',
    '  ✕ reach    It happened 32 days ago; the view\ufffd reaches back 30.',
    '    rows     The rows of the view hold.',
    '',
    'profile: shown',
    '    rows     The rows of the view hold.',
    '  Left out: /context/ip, /metadata',
  ]);
  const none = { ...explanation, visible: false, views: [] };
  assert.deepEqual(explanationLines(none, testTerminal()).slice(1), ['It has no view.']);
  assert.deepEqual(explanationLines({ ...none, recorded: false }, testTerminal()), [
    'The log of acme has no event e-1.',
  ]);
});
