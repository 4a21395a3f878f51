/**
 * A blueprint at work for readers who have no key: users of the host product with viewer sessions,
 * and people who sign in. What a role gets must not depend on how its holder came.
 */
import assert from 'node:assert/strict';
import type { Catalog } from '@annals/contract/catalog';
import type { Problem } from '@annals/contract/problem';
import type { NewMembership } from '@annals/contract/routes';
import { type Browser, joined } from '../../packages/server/test/people.ts';
import { type Asked, type AtWork, readersOf } from './at-work.ts';

/** Kinds of readers, and what tests call them. */
export const READERS = { viewer: 'viewer sessions', person: 'people who signed in' } as const;
export type Reader = keyof typeof READERS;
export const READER_KINDS: readonly Reader[] = ['viewer', 'person'];

/** Whether customers' own people may have the role; the others are the vendor's. */
const isOfCustomers = ({ definition }: AtWork, role: string): boolean =>
  definition.roles[role]?.viewer === true;

/** Sessions of users of the host product. The vendor's roles have none, and keep their keys. */
const viewersOf =
  (work: AtWork): AtWork['enter'] =>
  async (role, tenant = work.tenant) => {
    if (!isOfCustomers(work, role)) return work.credential(role);
    const path = `/v1/viewer-sessions?project=${work.project}`;
    const asked = { tenant_id: tenant, roles: [role], viewer: { id: `viewer_${role}` } };
    const { status, json, text } = await work.app.admin<{ token: string }>('POST', path, asked);
    assert.equal(status, 201, text);
    return { key: json.token };
  };

/** One person for each role, who signs in once and gets a membership for each place. */
function peopleOf({ app, project }: AtWork): AtWork['enter'] {
  const known = new Map<
    string,
    { browser: Browser; personId: string; memberships: NewMembership[] }
  >();
  return async (role, tenant) => {
    const at = tenant === undefined ? {} : { tenant_id: tenant };
    const membership = { project, ...at, roles: [role] };
    let one = known.get(role);
    if (one === undefined) {
      const email = `${role}@${project}.example`;
      const { browser, person } = await joined(app, email, [membership]);
      one = { browser, personId: person.person_id, memberships: [membership] };
      known.set(role, one);
    } else if (!one.memberships.some(({ tenant_id }) => tenant_id === tenant)) {
      one.memberships.push(membership);
      const body = { memberships: one.memberships };
      const { status, text } = await app.admin('PUT', `/v1/people/${one.personId}`, body);
      assert.equal(status, 200, text);
    }
    const { origin, cookie } = one.browser;
    return { headers: { origin, cookie } };
  };
}

/** The same as it is asked by readers of another kind: its roles enter by their way. */
export async function as(work: AtWork, reader: Reader): Promise<AtWork> {
  const enter = reader === 'viewer' ? viewersOf(work) : peopleOf(work);
  const entered = Object.keys(work.definition.roles).map(async (role) => {
    const tenant = isOfCustomers(work, role) ? work.tenant : undefined;
    return [role, await enter(role, tenant)] as const;
  });
  const credentials = new Map(await Promise.all(entered));
  return { ...work, ...readersOf(work, credentials), enter };
}

const BINDINGS = { none: {}, actor: { subject: 'user:u_1' }, record: { subject: 'note:n_1' } };
/** Whether somebody may ask is told by any question, and this one is answered soonest. */
const NOTHING = { from: 'now-9d', to: 'now', q: 'id:00000000-0000-8000-8000-000000000000' };

/** Answers of each kind to a role at a tenant: whether it gets them, and how it is refused. */
async function answersTo(work: AtWork, role: string, tenant: string): Promise<unknown[]> {
  const { app, project, definition } = work;
  const who = isOfCustomers(work, role) ? await work.enter(role, tenant) : work.credential(role);
  const own = { project, tenant_id: tenant };
  const get = <T>(path: string, asked: Asked) =>
    app.call<T & Problem>('GET', `${path}?${new URLSearchParams(asked)}`, who);
  const answers: unknown[] = [];
  for (const [view, { binding = 'none' }] of Object.entries(definition.views)) {
    const asked = { ...own, view, ...NOTHING, ...BINDINGS[binding] };
    for (const [path, more] of [
      ['/v1/events', {}],
      ['/v1/events/download', { format: 'csv' }],
    ] as const) {
      const { status, json } = await get(path, { ...asked, ...more });
      const refused: Partial<Problem> = status === 200 ? {} : json;
      const { code, title, detail, permission, missing } = refused;
      answers.push({ path, view, status, code, title, detail, permission, missing });
    }
  }
  const { status, json } = await get<Catalog>('/v1/catalog', own);
  const { request_id: _, ...told } = json;
  return [...answers, { path: '/v1/catalog', status, told }];
}

/**
 * Every role gets what it gets with a key, and is refused in the same words: at the first tenant,
 * and at those that are closed.
 */
export async function checkAlike(
  keys: AtWork,
  others: AtWork,
  closed: readonly string[] = [],
): Promise<void> {
  for (const tenant of [keys.tenant, ...closed]) {
    for (const role of Object.keys(keys.definition.roles)) {
      // No gate is for the vendor.
      if (tenant !== keys.tenant && !isOfCustomers(keys, role)) continue;
      const expected = await answersTo(keys, role, tenant);
      assert.deepEqual(await answersTo(others, role, tenant), expected, `${role} of ${tenant}`);
    }
  }
}
