import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { namedQuery, viewOf } from '@annals/contract/compile';
import type { ReadEvent } from '@annals/contract/event';
import { matcherOf } from '@annals/contract/match';
import { parseQuery } from '@annals/contract/query';
import { projectorOf } from '@annals/contract/view';
import { HOUR_MS } from '../demo/calendar.ts';
import { blueprintSuite, definedView, found, isOpen, load } from '../test/blueprint-suite.ts';
import { casework } from './casework.ts';

const loaded = load(casework);
const { definition, compiled, events, tenants } = loaded;
blueprintSuite(loaded);

const finds = (q: string) => events.filter(matcherOf(namedQuery(compiled, parseQuery(q))));
/** By its id: before it was renamed it had another name. */
const ofSullivan = found(loaded, 'audit_logs', 'application:engage target:case_204');
const metadataOf = ({ metadata }: ReadEvent): Record<string, unknown> => {
  assert.ok(metadata);
  return { ...metadata };
};

/** The sixteen main resources, as the product calls them. S1.22 */
const MAIN = [
  ...['Cases', 'Reports (Intake)', 'Providers', 'People', 'Service Enrollment'],
  ...['Service Interaction (Service Notes)', 'Notes', 'Assignments', 'Emails', 'SMS', 'Forms'],
  ...['Attachments', 'Calendar Events (Meetings)', 'Relationships', 'Tasks', 'Workflows'],
];

suite('the blueprint casework: what its product promises', () => {
  test('S1.6, S1.18 who searches for a case finds all that hangs on it', () => {
    const types = new Set(
      ofSullivan.flatMap(({ targets = [] }) => targets.map(({ type }) => type)),
    );
    for (const type of [
      ...['note', 'attachment', 'calendar_event', 'service_enrollment', 'service_interaction'],
      ...['assignment', 'email', 'sms', 'form', 'relationship', 'task', 'workflow', 'person'],
    ]) {
      assert.ok(types.has(type), type);
    }
    const children = ofSullivan.filter(({ targets }) => targets?.[0]?.type !== 'case');
    assert.ok(children.length >= 20);
    for (const { targets = [] } of children) {
      assert.ok(targets.some(({ role }) => role === 'parent'));
    }
  });

  test('S1.5, S1.6 a user and a record have logs of their own', () => {
    const bound = (name: string, kind: 'actor' | 'record', type: string, id: string) => {
      const view = viewOf(compiled, name, definedView(loaded, name), {
        subject: { kind, type, id },
      });
      const project = projectorOf(view);
      return events.flatMap((event) => project(event) ?? []);
    };
    const trent = finds('actor:"Trent Hollis"');
    const [{ actor } = assert.fail('nothing of him')] = trent;
    assert.ok(typeof actor.id === 'string');
    const own = bound('user_activity', 'actor', 'user', actor.id);
    assert.deepEqual(
      own.map(({ id }) => id),
      trent.map(({ id }) => id),
    );
    assert.ok(new Set(own.map(({ source }) => source?.application)).size >= 3);
    const file = bound('record_history', 'record', 'case', 'case_204');
    assert.deepEqual(
      file.map(({ id }) => id),
      finds('target:case_204').map(({ id }) => id),
    );
  });

  test('S1.7 notes, attachments and meetings hang on providers too, and programs', () => {
    const near = finds('application:providers outcome:success');
    for (const action of [
      ...['note.created', 'attachment.uploaded', 'calendar_event.created'],
      'provider.program_added',
    ]) {
      assert.ok(
        near.some((event) => event.action === action && event.targets),
        action,
      );
    }
  });

  test('S1.8, S1.9 the log is for one plan, and for admins', () => {
    assert.deepEqual(definition.gating?.plans, ['enterprise']);
    assert.deepEqual(
      tenants.map((tenant) => isOpen(loaded, tenant)),
      [true, true, false],
    );
    const readers = Object.entries(definition.roles).filter(
      ([, { grants }]) => grants?.['audit_logs'],
    );
    assert.deepEqual(
      readers.map(([name]) => name),
      ['admin'],
    );
  });

  test('S1.10, S1.11, S1.12, S1.13, S1.14, S1.16 filters and columns', () => {
    const { filters = [], columns = [], formats } = definedView(loaded, 'audit_logs');
    assert.deepEqual(
      filters.map(({ key, label, required, one }) => [key, label, required, one]),
      [
        ['application', 'Application', true, undefined],
        ['target', 'Record', true, true],
        ['date_range', 'Date range', true, undefined],
        ['actor', 'User', undefined, undefined],
        ['operation', 'Action', undefined, undefined],
      ],
    );
    assert.deepEqual(
      columns.map(({ label }) => label),
      ['Timestamp', 'User ID', 'Action Description', 'Affected Resources'],
    );
    assert.deepEqual(formats, ['csv']);
    assert.deepEqual(
      Object.values(definition.applications ?? {}).map(({ label }) => label),
      ['Engage', 'Intake', 'Providers', 'People'],
    );
    for (const name of Object.keys(definition.applications ?? {})) {
      for (const operation of ['create', 'update', 'delete']) {
        const q = `application:${name} operation:${operation}`;
        assert.ok(found(loaded, 'audit_logs', q).length > 3, q);
      }
    }
    const byMail = found(loaded, 'audit_logs', 'actor:keisha.barrow@cedarvalley.example');
    assert.ok(byMail.length > 50);
  });

  test('S1.11 two records have one name', () => {
    const named = finds('target.type:case target:"M. Delaney Case"');
    const ids = named.flatMap(({ targets = [] }) =>
      targets.flatMap(({ type, id, name }) =>
        type === 'case' && name === 'M. Delaney Case' ? [id] : [],
      ),
    );
    assert.ok(new Set(ids).size >= 2);
  });

  test('S1.19, S1.25 a service tells cost, units and ids, and more since its second form', () => {
    const added = ofSullivan.filter(({ action }) => action === 'service_enrollment.created');
    const [first] = added;
    assert.ok(first);
    const { total_cost, units, service_offering_id, service_type_id, person_id } =
      metadataOf(first);
    assert.deepEqual(
      [total_cost, units, service_offering_id, service_type_id, person_id],
      ['$1,200.00', '12', 'so_118', 'st_12', 'per_81'],
    );
    assert.match(first.sentence ?? '', /J\. Sullivan Case: Total Cost \$1,200\.00, Units 12$/);
    const all = finds('action:service_enrollment.created').map((event) => ({
      day: event.occurred_at,
      hasMore: 'frequency' in metadataOf(event),
    }));
    const changesMs = Date.parse('2026-03-01T05:00:00Z');
    for (const { day, hasMore } of all) assert.equal(hasMore, Date.parse(day) >= changesMs, day);
    const near = all.filter(({ day }) => Math.abs(Date.parse(day) - changesMs) < HOUR_MS);
    assert.deepEqual(
      near.map(({ hasMore }) => hasMore),
      [false, true],
    );
  });

  test('S1.22 each main resource is found by its name and its synonyms', () => {
    const types = Object.entries(definition.resource_types ?? {});
    const labels = types.map(([, { label }]) => label);
    assert.deepEqual(labels, [...MAIN, 'Resource Email', 'Users']);
    for (const [type, { label, synonyms = [] }] of types) {
      for (const name of [label, ...synonyms]) {
        const all = finds(`target.type:"${name}"`);
        assert.ok(all.length >= 3, `${name}`);
        assert.ok(all.every(({ targets }) => targets?.some((target) => target.type === type)));
      }
    }
  });

  test('S1.23, S1.24 each new record gets an address from the system, in the same breath', () => {
    const made = finds('action:resource_email.created');
    assert.ok(
      made.every(({ source, actor }) => source?.initiator === 'system' && actor.type === 'system'),
    );
    const addresses = new Set(made.map(({ targets }) => targets?.[0]?.email));
    assert.equal(addresses.size, made.length);
    const parents = new Set(
      made.map(({ tenant_id, targets }) => `${tenant_id} ${targets?.[1]?.id}`),
    );
    for (const kind of ['case', 'report', 'provider', 'person']) {
      for (const { tenant_id, targets, context } of finds(
        `action:${kind}.created outcome:success`,
      )) {
        assert.ok(parents.has(`${tenant_id} ${targets?.[0]?.id}`), `${kind} ${targets?.[0]?.id}`);
        const together = finds(`correlation:${context?.correlation_id}`);
        assert.equal(together.length, 2);
      }
    }
  });

  test('the stories are told', () => {
    const told = (q: string) => found(loaded, 'audit_preparation', q, 365);
    assert.equal(told('actor:"Trent Hollis" target:"W. Pruitt Case" outcome:denied').length, 3);
    assert.equal(told('actor:"Trent Hollis" target:"W. Pruitt Case" operation:export').length, 1);
    const [closed] = told('action:user.deactivated ticket:HR-77');
    assert.ok(closed);
    assert.ok(closed.sentence?.endsWith('Trent Hollis, “Opened a case without need” (HR-77)'));
    const later = told('actor:"Trent Hollis"').filter(
      ({ occurred_at }) => occurred_at > closed.occurred_at,
    );
    assert.equal(later.length, 0);
    assert.equal(told('actor:"Trent Hollis" action:attachment.deleted').length >= 11, true);
    assert.equal(told('action:note.amended metadata.days_after:>=45').length, 1);
    assert.equal(told('actor:"Guadalupe Serna" metadata.days_late:>=14').length, 6);
    assert.ok(told('action:case.closed metadata.open_tasks:>0').length >= 2);
    assert.equal(told('ip:203.0.113.66 outcome:failure').length, 9);
    assert.ok(told('outcome.reason:"the provider’s license has expired"').length >= 3);
    const [renamed] = told('action:case.renamed "J. Sullivan Case"');
    assert.ok(renamed?.sentence?.endsWith('renamed the case Sullivan intake to J. Sullivan Case'));
  });
});
