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
  type CallOptions,
  startTestApp,
  type TestApp,
  verifyAll,
} from '../../packages/server/test/harness.ts';

/** Parameters of a question; `tenant_id` is the role's own unless it is named. */
export type Asked = Readonly<Record<string, string>>;

/** How a request says whose it is: by a key or token, or by what a browser sends. */
export type Credential = Pick<CallOptions, 'key' | 'headers'>;

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
  /** One answer of a route, asked as a role; `path` begins with `/v1/`. */
  get<T>(role: string, path: string, asked?: Asked): Promise<Answer<T & Problem>>;
  /** Every page of a question; fails if it is refused. */
  events(role: string, asked: Asked): Promise<ReadEvent[]>;
  /** The rows of a CSV file, by the words of its header; fails if it is refused. */
  rows(role: string, asked: Asked): Promise<Record<string, string>[]>;
  /** Of a role: at the first tenant if it is a customer's. Or of the `owner`, who may all. */
  credential(role: string): Credential;
  /** A new one of a role, bound to a tenant if one is named. */
  enter(role: string, tenant?: string): Promise<Credential>;
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

/** What is asked with the credentials of roles. */
export function readersOf(
  { app, project, tenant }: Pick<AtWork, 'app' | 'project' | 'tenant'>,
  credentials: ReadonlyMap<string, Credential>,
): Pick<AtWork, 'credential' | 'get' | 'events' | 'rows'> {
  const own = { project, tenant_id: tenant };
  const credential: AtWork['credential'] = (role) => {
    const found = role === 'owner' ? { key: app.adminKey } : credentials.get(role);
    assert.ok(found, `there is no role ${role}`);
    return found;
  };
  const get: AtWork['get'] = async (role, path, asked = {}) => {
    const search = new URLSearchParams({ ...own, ...asked });
    return await app.call('GET', `${path}?${search}`, credential(role));
  };
  return {
    credential,
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
): Pick<AtWork, 'enter' | 'whileDefined' | 'record'> {
  const { project } = definition;
  const define = async (defined: Definition): Promise<void> => {
    const path = `/v1/projects/${project}`;
    const { status, text } = await app.admin('PUT', path, { definition: defined });
    assert.equal(status, 200, text);
  };
  return {
    async enter(role, of) {
      const bound = of === undefined ? {} : { tenant_id: of };
      const asked = { label: `another ${role}`, roles: [role], ...bound };
      const path = `/v1/keys?project=${project}`;
      const { status, json, text } = await app.admin<{ secret: string }>('POST', path, asked);
      assert.equal(status, 201, text);
      return { key: json.secret };
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
  const credentials = new Map(keys.map(({ role, secret }) => [role, { key: secret }]));
  const tenant = blueprint.tenants(nowMs)[0]?.tenant_id ?? '';
  const readers = readersOf({ app, project: name, tenant }, credentials);
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
