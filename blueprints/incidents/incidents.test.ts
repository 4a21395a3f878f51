import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS } from '../demo/calendar.ts';
import { blueprintSuite, load, NOW_MS, shown } from '../test/blueprint-suite.ts';
import { incidents } from './incidents.ts';

const loaded = load(incidents);
blueprintSuite(loaded);

const { compiled, events } = loaded;
const { views, roles, gating, resource_types = {} } = compiled.definition;
const tenants = incidents.tenants(NOW_MS);
const english = (text: unknown): unknown =>
  typeof text === 'object' && text !== null && 'en' in text ? text.en : text;

test('S4.1, S4.19: each event has a time, a user, an action and an outcome', () => {
  const { audit } = views;
  const labels = (audit?.columns ?? []).map(({ label }) => english(label));
  assert.deepEqual(labels, ['Time', 'User', 'Action', 'Resource type', 'Resource', 'Outcome']);
  assert.ok(events.every(({ outcome }) => outcome !== undefined));
  const logins = events.filter(({ action }) => action === 'user_login.signed_in');
  const outcomes = new Set(logins.map(({ outcome }) => outcome?.result));
  assert.ok(outcomes.has('success') && outcomes.has('failure'));
});

test('S4.3, S4.5, S4.9, S4.12–S4.14: permission, plan, limits and formats', () => {
  const { audit } = views;
  assert.equal(audit?.permission, 'Audit Logs');
  assert.deepEqual([audit?.reach, audit?.window, audit?.delay], ['P1Y', 'P3M', undefined]);
  assert.deepEqual(audit?.formats, ['csv', 'json']);
  const required = (audit?.filters ?? []).filter(({ required }) => required);
  assert.deepEqual(
    required.map(({ key, label }) => [key, english(label)]),
    [['date_range', 'Duration']],
  );
  assert.deepEqual(gating?.plans, ['enterprise']);
  assert.ok(tenants.some(({ plan }) => plan !== 'enterprise'));
});

test('S4.15: what is older than a year is there, for the product’s own support', () => {
  const { archive } = views;
  assert.ok(archive?.operators === true && archive.reach === undefined);
  const readers = Object.entries(roles).filter(([, { grants }]) => grants?.['archive']);
  assert.deepEqual(
    readers.map(([name, { viewer }]) => [name, viewer]),
    [['support', undefined]],
  );
  const old = shown(loaded, 'archive', events).filter(
    ({ occurred_at }) => Date.parse(occurred_at) < NOW_MS - 366 * DAY_MS,
  );
  assert.ok(old.length > 20);
});

test('S4.16: things happened before and after an audit log was enabled', () => {
  for (const { tenant_id, audit_enabled_at } of tenants) {
    if (audit_enabled_at === undefined) continue;
    const own = events.filter((event) => event.tenant_id === tenant_id);
    assert.ok(
      own.some(({ occurred_at }) => occurred_at < audit_enabled_at),
      tenant_id,
    );
    assert.ok(
      own.some(({ occurred_at }) => occurred_at > audit_enabled_at),
      tenant_id,
    );
  }
});

test('S4.17, S4.18: exactly eight resource types, none recorded before its day', () => {
  const labels = Object.values(resource_types).map(({ label }) => String(english(label)));
  assert.deepEqual(labels.sort(), [
    ...['API Refresh Token', 'Escalation Policy', 'Extensions', 'RBAC Management', 'Runbook'],
    ...['Services', 'User Logins', 'User management'],
  ]);
  for (const [type, { since = '' }] of Object.entries(resource_types)) {
    assert.match(since, /^\d{4}-\d{2}-\d{2}$/);
    const first = events.find(({ targets }) => targets?.some((target) => target.type === type));
    // The day begins in Berlin, at 23:00 UTC of the day before at the latest.
    assert.ok(Date.parse(first?.occurred_at ?? '') >= Date.parse(since) - DAY_MS / 12, type);
  }
});
