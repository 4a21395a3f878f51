import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogOf } from '@annals/contract/catalog';
import { grantsOf, viewOf } from '@annals/contract/compile';
import { matcherOf } from '@annals/contract/match';
import { parseQuery } from '@annals/contract/query';
import { projectorOf } from '@annals/contract/view';
import { DAY_MS } from '../demo/calendar.ts';
import { blueprintSuite, load, NOW_MS, shown } from '../test/blueprint-suite.ts';
import { identity } from './identity.ts';
import { KNOWN_PROFILE } from './stories.ts';

const loaded = load(identity);
blueprintSuite(loaded);

const { compiled, events } = loaded;
const { views } = compiled.definition;
const labels = (name: string) => (views[name]?.columns ?? []).map(({ label }) => label);

test('S3.2–S3.5: event type, action and activity, as columns of these very names', () => {
  assert.deepEqual(labels('console'), [
    ...['Time', 'Activity', 'Event Type', 'action', 'Agent', 'Target id', 'New Flow Version'],
  ]);
  const [updated] = shown(loaded, 'console', events).filter(
    ({ action }) => action === 'recordUpdated',
  );
  assert.deepEqual(
    [updated?.event_type, updated?.action, updated?.activity],
    ['agentRecordAction', 'recordUpdated', 'User Updated'],
  );
});

test('S3.6, S3.7: a field that does not apply is empty, and the reference names each', () => {
  for (const { action, metadata } of shown(loaded, 'console', events)) {
    const hasVersion = metadata !== undefined && 'new_flow_version' in metadata;
    if (hasVersion) assert.match(action, /^flow(Created|Updated)$/);
  }
  const head = {
    project: 'identity',
    label: 'Identity',
    version: 1,
    time_zone: 'UTC',
    closed: null,
  };
  const fields = catalogOf(head, compiled, new Map(), 'en').event_types.flatMap(({ actions }) =>
    actions.flatMap((action) => action.fields),
  );
  assert.ok(fields.some(({ label }) => label === 'New Flow Version'));
  for (const { label, description } of fields) assert.ok(description, label);
});

test('S3.9–S3.16: ten roles, and what each of them sees', () => {
  const seen = (role: string) => [...grantsOf(compiled, [role]).views.keys()];
  assert.deepEqual(seen('application_admin'), ['console', 'agent', 'profile', 'log_use']);
  assert.deepEqual(seen('console_access_manager'), ['console', 'agent']);
  assert.deepEqual(seen('console_access_viewer'), ['agent']);
  assert.deepEqual(seen('customer_care_portal_agent_manager'), ['agent']);
  const ten = Object.values(compiled.definition.roles).filter(({ viewer }) => viewer);
  assert.equal(ten.length, 10);
  const permissions = ['console', 'agent', 'profile'].map((name) => views[name]?.permission);
  assert.deepEqual(permissions, [
    'Allows you to read audit logs for Console user actions for an entire application',
    'Allows you to read audit logs for Console user actions for a specific user',
    'Allows you to read audit logs for a specific profile',
  ]);
});

test('S3.17–S3.20: one event, of which the console tells the profile’s id alone', () => {
  const [zip] = events.filter(
    ({ targets, changes }) =>
      targets?.[0]?.id === KNOWN_PROFILE && changes?.some(({ after }) => after === '98101'),
  );
  assert.ok(zip);
  const [[console], [profile]] = [shown(loaded, 'console', [zip]), shown(loaded, 'profile', [zip])];
  assert.ok(console && profile);
  assert.equal(console.id, profile.id);
  assert.equal(console.context?.correlation_id, profile.context?.correlation_id);
  assert.deepEqual(console.context, {
    correlation_id: zip.context?.correlation_id,
    request_id: zip.context?.request_id,
  });
  assert.deepEqual(console.targets, [{ type: 'profile', id: KNOWN_PROFILE }]);
  assert.equal(console.sentence, `Greg Stemp updated the user profile ${KNOWN_PROFILE}`);
  assert.match(profile.sentence ?? '', /changed ZIP code of .* from 97206 to 98101/);
  const [name = ''] = zip.targets?.map((target) => String(target.name)) ?? [];
  for (const asked of ['98101', `"${name}"`, 'zip', 'changed:*', `target:"${name}"`, 'code']) {
    const matches = matcherOf(parseQuery(asked));
    assert.ok(matches(profile), asked);
    assert.ok(!matches(console), asked);
  }
});

test('S3.18: what is public elsewhere in metadata is refused in what is done to profiles', () => {
  const { data_classes = {}, event_types = {} } = compiled.definition;
  const publicNames = Object.keys(data_classes).flatMap((pointer) => {
    const [, name] = /^\/metadata\/(.*)$/.exec(pointer) ?? [];
    return name === undefined || name === 'refusal' ? [] : [name];
  });
  for (const { metadata = [] } of Object.values(event_types['agentRecordAction']?.actions ?? {})) {
    for (const { schema } of metadata) {
      assert.deepEqual(Object.keys(Object(schema['properties'])), ['refusal']);
      assert.deepEqual(schema['propertyNames'], { not: { enum: publicNames } });
    }
  }
});

test('S3.22–S3.24: there are changes before and after the limits of 30 and 90 days', () => {
  assert.deepEqual([views['console']?.reach, views['profile']?.reach], ['P30D', 'P90D']);
  const days = shown(loaded, 'profile', events)
    .filter(({ targets }) => targets?.[0]?.id === KNOWN_PROFILE)
    .map(({ occurred_at }) => (NOW_MS - Date.parse(occurred_at)) / DAY_MS);
  for (const limit of [30, 90]) {
    assert.ok(days.some((ago) => ago > limit && ago < limit + 3));
    assert.ok(days.some((ago) => ago < limit && ago > limit - 1));
  }
});

test('S3.25, S3.26: the log of one agent, and the log of one profile', () => {
  const [agent, profile] = [views['agent'], views['profile']];
  assert.ok(agent?.binding === 'actor' && profile?.binding === 'record');
  const [greg] = events.filter(({ actor }) => actor.name === 'Greg Stemp');
  assert.ok(greg);
  const subject = { kind: 'actor', type: 'user', id: String(greg.actor.id) } as const;
  const project = projectorOf(viewOf(compiled, 'agent', agent, { subject }));
  const shown = events.flatMap((event) => project(event) ?? []);
  assert.ok(shown.length > 20);
  assert.ok(shown.every(({ actor }) => actor.name === 'Greg Stemp'));
});

test('nobody is named who changes an own profile, nor is that in the console', () => {
  const own = events.filter(({ source }) => source?.application === 'self_service');
  assert.ok(own.length > 20);
  for (const { actor } of own) assert.deepEqual(Object.keys(actor), ['type', 'id']);
  assert.deepEqual(shown(loaded, 'console', own), []);
  assert.deepEqual(shown(loaded, 'agent', own), []);
});
