import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blueprintSuite, load, shown } from '../test/blueprint-suite.ts';
import { engagement } from './engagement.ts';

const loaded = load(engagement);
blueprintSuite(loaded);

const { compiled, events } = loaded;
const { views, roles } = compiled.definition;
const of = (action: string) => events.filter((event) => event.action === action);

test('S2.1, S2.12, S2.13, S2.14: one report, for those with the permission, as CSV', () => {
  const { audit_log: report } = views;
  assert.equal(report?.label, 'Audit Log');
  assert.match(report?.permission ?? '', /admin permission/);
  assert.deepEqual(report?.formats, ['csv']);
  assert.ok((report?.filters ?? []).every(({ required }) => required !== true));
  const readers = Object.entries(roles).filter(([, { grants }]) => grants?.['audit_log']);
  assert.deepEqual(
    readers.map(([name]) => name),
    ['administrator', 'system_administrator'],
  );
});

test('S2.9: changes of name, e-mail, role and permissions of users are there', () => {
  const changed = events
    .filter(({ event_type }) => event_type === 'user_change')
    .flatMap(({ changes = [] }) => changes.map(({ path }) => path.split('/')[1]));
  for (const part of ['name', 'email', 'role', 'permissions'])
    assert.ok(changed.includes(part), part);
});

test('S2.15: contacts that were typed in are told from those that came otherwise', () => {
  const initiators = new Set(of('contact.created').map(({ source }) => source?.initiator));
  assert.deepEqual([...initiators].sort(), ['api', 'import', 'user']);
  const contacts = shown(loaded, 'audit_log', of('contact.created'));
  assert.ok(contacts.every(({ source }) => source?.initiator !== undefined));
});

test('somebody who was deactivated does nothing more, and a new name is used from then on', () => {
  const [left] = of('user.deactivated').filter(({ targets }) =>
    targets?.some(({ name }) => name === 'Dario Benedetti'),
  );
  const last = events.findLast(({ actor }) => actor.name === 'Dario Benedetti');
  assert.ok(left && last && last.occurred_at < left.occurred_at);
  const [renamed] = of('user.profile_updated').filter(({ changes }) =>
    changes?.some(({ after }) => after === 'Hanae Lindqvist'),
  );
  const since = events.filter(
    ({ actor, occurred_at }) =>
      actor.id === renamed?.targets?.[0]?.id && occurred_at > (renamed?.occurred_at ?? ''),
  );
  assert.ok(since.every(({ actor }) => actor.name === 'Hanae Lindqvist'));
});
