/**
 * A blueprint on a real server, filled as the demo fills it: for tests that ask the API what a
 * role gets. Errors and answers are those of the wire.
 */
import assert from 'node:assert/strict';
import type { Definition } from '@annals/contract/definition';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import type { Problem } from '@annals/contract/problem';
import type { EventPage, RecordResult } from '@annals/contract/routes';
import { definitionOf, fillBlueprint, loadBlueprints } from '../../packages/server/src/demo.ts';
import { type Answer, startTestApp, type TestApp } from '../../packages/server/test/harness.ts';

/** Parameters of a question; `tenant_id` is the role's own unless it is named. */
export type Asked = Readonly<Record<string, string>>;

export interface AtWork {
  readonly app: TestApp;
  readonly project: string;
  readonly definition: Definition;
  /** The moment that the generator took for now, in ms. */
  readonly nowMs: number;
  /** The first tenant of the blueprint, which its customers' keys are bound to. */
  readonly tenant: string;
  /** Everything recorded for a tenant, newest first, as an operator sees it. */
  all(tenant?: string): Promise<ReadEvent[]>;
  /** The key of a role, or of the `owner`, who has every right. */
  key(role: string): string;
  /** One answer of a route, asked with a role's key; `path` begins with `/v1/`. */
  get<T>(role: string, path: string, asked?: Asked): Promise<Answer<T & Problem>>;
  /** Every page of a question; fails if it is refused. */
  events(role: string, asked: Asked): Promise<ReadEvent[]>;
  /** Records more events for a tenant; all must be stored. */
  record(events: readonly EventInput[], tenant?: string): Promise<RecordResult>;
  stop(): Promise<void>;
}

export async function startBlueprint(
  name: string,
  dialect: 'sqlite' | 'postgres' = 'sqlite',
): Promise<AtWork> {
  const blueprint = (await loadBlueprints()).find((one) => one.name === name);
  assert.ok(blueprint, `there is no blueprint ${name}`);
  const app = await startTestApp({ dialect });
  const nowMs = Date.now();
  const { keys } = await fillBlueprint(app.app, blueprint, nowMs);
  const secrets = new Map(keys.map(({ role, secret }) => [role, secret]));
  const tenant = blueprint.tenants(nowMs)[0]?.tenant_id ?? '';
  const keyOf: AtWork['key'] = (role) => {
    const key = role === 'owner' ? app.adminKey : secrets.get(role);
    assert.ok(key, `there is no role ${role}`);
    return key;
  };
  const get: AtWork['get'] = async (role, path, asked = {}) => {
    const search = new URLSearchParams({ project: name, tenant_id: tenant, ...asked });
    return await app.call('GET', `${path}?${search}`, { key: keyOf(role) });
  };
  const events: AtWork['events'] = async (role, asked) => {
    const found: ReadEvent[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Asked = { ...asked, limit: '500', ...(cursor === '' ? {} : { cursor }) };
      const { status, json, text } = await get<EventPage>(role, '/v1/events', page);
      assert.equal(status, 200, text);
      found.push(...json.events);
      cursor = json.next_cursor;
    }
    return found;
  };
  return {
    app,
    project: name,
    definition: await definitionOf(blueprint),
    nowMs,
    tenant,
    key: keyOf,
    all: (of = tenant) => events('owner', { tenant_id: of, view: 'all' }),
    get,
    events,
    async record(more, of = tenant) {
      const path = `/v1/events?project=${name}&tenant_id=${of}`;
      const { status, json, text } = await app.admin<RecordResult>('POST', path, more);
      assert.equal(status, 201, text);
      assert.equal(json.accepted, more.length, text);
      return json;
    },
    stop: () => app.stop(),
  };
}
