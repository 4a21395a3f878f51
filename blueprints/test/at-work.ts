/**
 * A blueprint on a real server, filled as the demo fills it: for tests that ask the API what a
 * role gets. Errors and answers are those of the wire.
 */
import assert from 'node:assert/strict';
import type { Definition } from '@annals/contract/definition';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import type { Problem } from '@annals/contract/problem';
import type { EventPage, RecordResult } from '@annals/contract/routes';
import { parse } from 'csv-parse/sync';
import { definitionOf, fillBlueprint, loadBlueprints } from '../../packages/server/src/demo.ts';
import {
  type Answer,
  startTestApp,
  type TestApp,
  verifyAll,
} from '../../packages/server/test/harness.ts';

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
  /** One answer of a route, asked with a role's key; `path` begins with `/v1/`. */
  get<T>(role: string, path: string, asked?: Asked): Promise<Answer<T & Problem>>;
  /** Every page of a question; fails if it is refused. */
  events(role: string, asked: Asked): Promise<ReadEvent[]>;
  /** The rows of a CSV file, by the words of its header; fails if it is refused. */
  rows(role: string, asked: Asked): Promise<Record<string, string>[]>;
  /** The key of a role, or of the `owner`, who has every right. */
  secret(role: string): string;
  /** A new key of a role, bound to a tenant if one is named. */
  key(role: string, tenant?: string): Promise<string>;
  /** Runs a check while the project is defined otherwise. */
  whileDefined(definition: Definition, check: () => Promise<void>): Promise<void>;
  /** Records more events for a tenant; all must be stored. */
  record(events: readonly EventInput[], tenant?: string): Promise<RecordResult>;
  /** Verifies every log and stops. */
  stop(): Promise<void>;
}

/** The rows of a CSV file by the words of its header. */
export const rowsOf = (text: string): Record<string, string>[] =>
  parse<Record<string, string>>(text, { columns: true, bom: true });

/** What is asked with the keys of roles. */
function readersOf(
  app: TestApp,
  keys: ReadonlyMap<string, string>,
  own: { readonly project: string; readonly tenant_id: string },
): Pick<AtWork, 'secret' | 'get' | 'events' | 'rows'> {
  const secret: AtWork['secret'] = (role) => {
    const key = role === 'owner' ? app.adminKey : keys.get(role);
    assert.ok(key, `there is no role ${role}`);
    return key;
  };
  const get: AtWork['get'] = async (role, path, asked = {}) => {
    const search = new URLSearchParams({ ...own, ...asked });
    return await app.call('GET', `${path}?${search}`, { key: secret(role) });
  };
  return {
    secret,
    get,
    async events(role, asked) {
      const found: ReadEvent[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: Asked = { ...asked, limit: '500', ...(cursor === '' ? {} : { cursor }) };
        const { status, json, text } = await get<EventPage>(role, '/v1/events', page);
        assert.equal(status, 200, text);
        found.push(...json.events);
        cursor = json.next_cursor;
      }
      return found;
    },
    async rows(role, asked) {
      const file = { format: 'csv', ...asked };
      const { status, text } = await get(role, '/v1/events/download', file);
      assert.equal(status, 200, text);
      return rowsOf(text);
    },
  };
}

/** What the owner of the server does. */
function ownerOf(
  app: TestApp,
  definition: Definition,
  tenant: string,
): Pick<AtWork, 'key' | 'whileDefined' | 'record'> {
  const { project } = definition;
  const define = async (defined: Definition): Promise<void> => {
    const path = `/v1/projects/${project}`;
    const { status, text } = await app.admin('PUT', path, { definition: defined });
    assert.equal(status, 200, text);
  };
  return {
    async key(role, of) {
      const bound = of === undefined ? {} : { tenant_id: of };
      const asked = { label: `another ${role}`, roles: [role], ...bound };
      const path = `/v1/keys?project=${project}`;
      const { status, json, text } = await app.admin<{ secret: string }>('POST', path, asked);
      assert.equal(status, 201, text);
      return json.secret;
    },
    async whileDefined(defined, check) {
      await define(defined);
      try {
        await check();
      } finally {
        await define(definition);
      }
    },
    async record(more, of = tenant) {
      const path = `/v1/events?project=${project}&tenant_id=${of}`;
      const { status, json, text } = await app.admin<RecordResult>('POST', path, more);
      assert.equal(status, 201, text);
      assert.equal(json.accepted, more.length, text);
      return json;
    },
  };
}

export async function startBlueprint(
  name: string,
  dialect: 'sqlite' | 'postgres' = 'sqlite',
): Promise<AtWork> {
  const blueprint = (await loadBlueprints()).find((one) => one.name === name);
  assert.ok(blueprint, `there is no blueprint ${name}`);
  const app = await startTestApp({ dialect });
  const nowMs = Date.now();
  const { keys } = await fillBlueprint(app.app, blueprint, nowMs).catch(async (cause) => {
    await app.stop();
    throw cause;
  });
  const secrets = new Map(keys.map(({ role, secret }) => [role, secret]));
  const tenant = blueprint.tenants(nowMs)[0]?.tenant_id ?? '';
  const readers = readersOf(app, secrets, { project: name, tenant_id: tenant });
  const definition = await definitionOf(blueprint);
  return {
    ...readers,
    ...ownerOf(app, definition, tenant),
    app,
    project: name,
    definition,
    nowMs,
    tenant,
    all: (of = tenant) => readers.events('owner', { tenant_id: of, view: 'log' }),
    async stop() {
      await verifyAll(app);
      await app.stop();
    },
  };
}
