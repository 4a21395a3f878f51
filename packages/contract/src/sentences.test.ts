import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReadEvent } from './event.ts';
import { parseTemplate, sentenceOf, TemplateError } from './sentences.ts';

const EVENT: ReadEvent = {
  id: '00000000-0000-4000-8000-000000000000',
  tenant_id: 'acme',
  occurred_at: '2026-03-14T13:02:11.482Z',
  received_at: '2026-03-14T13:02:11.500Z',
  action: 'member.role_changed',
  actor: { type: 'user', id: 'u_81', name: 'Dana Keller', email: 'dana@acme.example' },
  targets: [
    { type: 'team', id: 't_1', name: 'Core', role: 'parent' },
    { type: 'user', id: 'u_9', name: 'Omar Haddad' },
  ],
  changes: [
    { path: '/role', before: 'Viewer', after: 'Admin', label: 'Role' },
    { path: '/pin', secret: true },
  ],
  metadata: { cost: { total: 1200 }, paid: false },
  labels: { 'app:name': 'crm' },
};
const say = (
  texts: readonly string[],
  event = EVENT,
  locale = 'en',
  failed: readonly string[] = [],
) =>
  sentenceOf({ usual: texts.map(parseTemplate), failed: failed.map(parseTemplate) }, event, locale);

test('every slot is filled from the event', () => {
  const rows: [string, string][] = [
    [
      '{actor} changed the role of {target} from {before:/role} to {after:/role}',
      'Dana Keller changed the role of Omar Haddad from Viewer to Admin',
    ],
    ['{target:user} in {parent}', 'Omar Haddad in Core'],
    ['{changed}', 'Role, /pin'],
    ['{metadata:cost.total} {metadata:paid} {label:app:name}', '1200 false crm'],
    ['{action}: {activity}', 'member.role_changed: Member role changed'],
  ];
  for (const [template, sentence] of rows) assert.equal(say([template]), sentence);
});

test('the first variant counts whose slots can all be filled', () => {
  const variants = ['{actor} changed {after:/role}', '{actor} changed {changed}', '{actor} did it'];
  assert.equal(say(variants), 'Dana Keller changed Admin');
  const paths = EVENT.changes?.map(({ path }) => ({ path }));
  assert.equal(
    say(variants, { ...EVENT, ...(paths ? { changes: paths } : {}) }),
    'Dana Keller changed /role, /pin',
  );
  const { changes: _changes, ...without } = EVENT;
  assert.equal(say(variants, without), 'Dana Keller did it');
  assert.equal(say(['{ticket}']), undefined);
});

test('what came to nothing never reads as if it had been done', () => {
  const denied: ReadEvent = { ...EVENT, outcome: { result: 'denied', reason: 'no right' } };
  const usual = ['{actor} deleted {target}'];
  assert.equal(say(usual), 'Dana Keller deleted Omar Haddad');
  assert.equal(say(usual, denied), 'Dana Keller deleted Omar Haddad: denied');
  assert.equal(say(usual, denied, 'de'), 'Dana Keller deleted Omar Haddad: abgelehnt');
  const own = ['{actor} could not delete {target}: {reason}', '{actor} could not delete it'];
  assert.equal(say(usual, denied, 'en', own), 'Dana Keller could not delete it');
  assert.equal(say(usual, EVENT, 'en', own), 'Dana Keller deleted Omar Haddad');
  const telling = ['{actor} tried to: {outcome.reason}'];
  assert.equal(say(telling, denied), 'Dana Keller tried to: no right');
  const unknown: ReadEvent = { ...EVENT, outcome: { result: 'unknown' } };
  assert.equal(say(usual, unknown, 'en', own), 'Dana Keller deleted Omar Haddad');
});

test('what is erased or a structure fills no slot', () => {
  const erased = { _erased: 'a'.repeat(43) };
  const event: ReadEvent = {
    ...EVENT,
    actor: { type: 'user', id: erased, name: erased },
    metadata: erased,
  };
  assert.equal(say(['{metadata:paid}', '{actor}'], event), 'Somebody');
  assert.equal(say(['{metadata:cost}', 'none']), 'none');
  const id = { ...erased, as: 'erased-3f9c0k2m8xq1' };
  const named: ReadEvent = { ...event, actor: { ...event.actor, id } };
  assert.equal(say(['{actor} came'], named), 'erased-3f9c0k2m8xq1 came');
});

test('an actor without a name is a word of the language', () => {
  const event: ReadEvent = { ...EVENT, actor: { type: 'anonymous' } };
  assert.equal(say(['{actor} kam'], event, 'de-AT'), 'Jemand Unbekanntes kam');
  assert.equal(say(['{actor} came'], event, 'fr'), 'Somebody unknown came');
});

test('a template that names no slot is refused in words', () => {
  for (const text of ['{who}', '{}', 'a { b', 'a } b', '{before}', '{before:}', '{{actor}}']) {
    assert.throws(() => parseTemplate(text), TemplateError, text);
  }
  assert.throws(() => parseTemplate('{who} came'), /no slot \{who\}.*actor/);
});

test('any text parses or is refused, and without braces it is itself', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        const template = parseTemplate(text);
        if (!/[{}]/.test(text))
          assert.equal(sentenceOf({ usual: [template], failed: [] }, EVENT, 'en'), text);
      } catch (error) {
        assert.ok(error instanceof TemplateError);
      }
    }),
  );
});
