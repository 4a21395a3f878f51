/**
 * The roles of `identity`, the views that each has, and what somebody with a role is told of both,
 * for whoever asks.
 */
import assert from 'node:assert/strict';
import type { Catalog } from '@annals/contract/catalog';
import type { EventPage } from '@annals/contract/routes';
import { KNOWN_PROFILE } from '../identity/stories.ts';
import type { AtWork } from './at-work.ts';
import { CONSOLE, GREG, ofAgent, ofProfile } from './profile-changes.ts';

/** Permissions as the product names them, by the view that each gives. */
const PERMISSIONS = new Map([
  ['console', 'Allows you to read audit logs for Console user actions for an entire application'],
  ['agent', 'Allows you to read audit logs for Console user actions for a specific user'],
  ['profile', 'Allows you to read audit logs for a specific profile'],
]);
const VIEWS = [...PERMISSIONS.keys()];
/** Which of these views each role has: ten roles, and no other is given to customers. */
export const MATRIX: readonly [role: string, page: boolean, agents: boolean, profiles: boolean][] =
  [
    ['application_admin', true, true, true],
    ['console_access_manager', true, true, false],
    ['console_access_viewer', false, true, false],
    ['customer_care_portal_agent', false, false, true],
    ['customer_care_portal_agent_manager', false, true, false],
    ['customer_care_portal_agent_viewer', false, false, false],
    ['customer_care_portal_editor', false, false, true],
    ['user_profile_admin', false, false, true],
    ['user_profile_manager', false, false, true],
    ['user_profile_viewer', false, false, false],
  ];
/** The one role that has both the page and the profiles' data. */
export const BOTH = 'application_admin';
/** What Greg Stemp did. */
export const OF_GREG = ofAgent(GREG.id);

/** Every role asks for every view. */
export async function checkMatrix(work: AtWork): Promise<void> {
  const { roles } = work.definition;
  const given = Object.entries(roles).flatMap(([role, { viewer }]) => (viewer ? [role] : []));
  assert.deepEqual(
    given,
    MATRIX.map(([role]) => role),
  );
  const scopes = [CONSOLE, OF_GREG, ofProfile(KNOWN_PROFILE)];
  for (const [role, ...allowed] of MATRIX) {
    for (const [column, scope] of scopes.entries()) {
      const { status, json, text } = await work.get<EventPage>(role, '/v1/events', scope);
      const who = `${role} in ${scope['view']}: ${text}`;
      if (allowed[column]) {
        assert.equal(status, 200, who);
        assert.ok(json.events.length > 0, who);
        continue;
      }
      assert.deepEqual([status, json.code], [403, 'view_not_granted'], who);
      assert.equal(json.permission, PERMISSIONS.get(VIEWS[column] ?? ''), who);
      assert.match(json.detail ?? '', /Ask your administrator/);
    }
  }
}

/** The cells of the matrix are the definition’s, and can be others. */
export async function checkCells(work: AtWork): Promise<void> {
  const { definition } = work;
  const [role, scope] = ['user_profile_viewer', ofProfile(KNOWN_PROFILE)];
  const page = async () => (await work.get<EventPage>(role, '/v1/events', scope)).json;
  const apply = async (roles: typeof definition.roles) => {
    const body = { definition: { ...definition, roles } };
    const { status, text } = await work.app.admin('PUT', '/v1/projects/identity', body);
    assert.equal(status, 200, text);
  };
  assert.equal((await page()).code, 'view_not_granted');
  const given = definition.roles[role];
  assert.ok(given && given.grants === undefined);
  await apply({ ...definition.roles, [role]: { ...given, grants: { profile: ['read'] } } });
  assert.ok((await page()).events.length > 0, 'with the key or session that it had before');
  await apply(definition.roles);
  assert.equal((await page()).code, 'view_not_granted');
}

/** A role is told of its own views and questions, and of no others. */
export async function checkTellsOwn(work: AtWork): Promise<void> {
  for (const [role, ...allowed] of MATRIX) {
    const { status, json } = await work.get<Catalog>(role, '/v1/catalog');
    if (!allowed.includes(true)) {
      assert.deepEqual([status, json.code, json.views], [403, 'forbidden', undefined], role);
      continue;
    }
    const views = [...VIEWS.filter((_view, column) => allowed[column])];
    if (role === BOTH) views.push('log_use');
    assert.deepEqual(
      json.views.map(({ view }) => view),
      views,
      role,
    );
    assert.ok(
      json.questions.every(({ view = '' }) => views.includes(view)),
      role,
    );
  }
}
