/** Whether somebody of a tenant gets anything at all of its log: asked of every route. */
import assert from 'node:assert/strict';
import type { Catalog } from '@annals/contract/catalog';
import type { Problem } from '@annals/contract/problem';
import type { Tenant } from '@annals/contract/routes';
import type { Answer } from '../../packages/server/test/harness.ts';
import { QUESTION_ROUTES } from './asking.ts';
import type { Asked, AtWork, Credential } from './at-work.ts';

/** What a closed log answers. */
export interface Closed {
  readonly code: string;
  readonly detail: string;
  /** Plans or add-ons. */
  readonly missing?: readonly string[];
}

export interface Visitor {
  readonly credential: Credential;
  isRefused(closed: Closed): Promise<void>;
  isWelcome(): Promise<void>;
}

/** Somebody with a role in a tenant, who looks through a view that asks for a range at most. */
export async function visitorOf(
  at: AtWork,
  role: string,
  tenant: string,
  view: string,
): Promise<Visitor> {
  const credential = await at.enter(role, tenant);
  const own = { project: at.project, tenant_id: tenant };
  const get = <T>(path: string, asked: Asked): Promise<Answer<T>> =>
    at.app.call('GET', `${path}?${new URLSearchParams(asked)}`, credential);
  const range = { ...own, view, from: 'now-9d', to: 'now' };
  const routes: [path: string, Asked][] = [
    ...QUESTION_ROUTES.map(([path, more]): [string, Asked] => [path, { ...range, ...more }]),
    ['/v1/events/suggest', { ...own, view, field: 'actor' }],
    ['/v1/actors', { ...own, view }],
    ['/v1/records', { ...own, view }],
  ];
  const answers = () => Promise.all(routes.map(([path, asked]) => get<Problem>(path, asked)));
  return {
    credential,
    async isRefused(closed) {
      for (const { status, json } of await answers()) {
        const { code, detail, missing } = json;
        const expected = { missing: undefined, ...closed };
        assert.deepEqual({ status, code, detail, missing }, { status: 403, ...expected });
      }
      const { json } = await get<Catalog>('/v1/catalog', own);
      // What has no view has no entry in a menu.
      assert.deepEqual([json.views, json.closed?.code], [[], closed.code]);
    },
    async isWelcome() {
      for (const { status, text } of await answers()) assert.equal(status, 200, text);
      const { json } = await get<Catalog>('/v1/catalog', own);
      assert.ok(json.views.some((one) => one.view === view));
      assert.equal(json.closed, null);
    },
  };
}

/** Changes a tenant as somebody who may, or may not. */
export const putTenant = (at: AtWork, who: Credential, tenant: string, fields: object) =>
  at.app.call<Tenant & Problem>('PUT', `/v1/tenants/${tenant}?project=${at.project}`, {
    ...who,
    body: fields,
  });
