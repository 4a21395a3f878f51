/**
 * The demo: fills one project for each blueprint, the first of them `demo`, once, through the same
 * way that every event takes. Only here so that a first look shows logs with something in them.
 */
import { readFile } from 'node:fs/promises';
import { readDefinition } from '@annals/contract/check-definition';
import type { Definition } from '@annals/contract/definition';
import type { EventInput } from '@annals/contract/event';
import { SCOPES } from '@annals/contract/routes';
import type { Blueprint } from '../../../blueprints/blueprint.ts';
import type { Principal } from './access/access.ts';
import type { App } from './app.ts';

const EVENTS_AT_ONCE = 500;
/** Fixed, so that every first look is the same. */
const SEED = 4_600;
const BLUEPRINTS = new URL('../../../blueprints/', import.meta.url);

/** The program itself, at the terminal of its owner. */
const OWNER: Principal = {
  kind: 'key',
  id: 'demo',
  actor: { type: 'system' },
  projectNo: null,
  tenantNo: null,
  tenantId: null,
  scopes: new Set(SCOPES),
  roles: [],
  expiresAt: null,
  subject: null,
};

type Say = (line: string) => void;

/** A key that reads as a role of a project does. */
export interface RoleKey {
  readonly role: string;
  /** Null: it may read every tenant. */
  readonly tenant: string | null;
  readonly secret: string;
}

/** The shipped blueprints, loaded when they are wanted; the largest, `demo`, is the first. */
export async function loadBlueprints(): Promise<readonly Blueprint[]> {
  const [{ demo }, { appointments }, { casework }, { engagement }, { identity }, { incidents }] =
    await Promise.all([
      import('../../../blueprints/demo/demo.ts'),
      import('../../../blueprints/appointments/appointments.ts'),
      import('../../../blueprints/casework/casework.ts'),
      import('../../../blueprints/engagement/engagement.ts'),
      import('../../../blueprints/identity/identity.ts'),
      import('../../../blueprints/incidents/incidents.ts'),
    ]);
  return [demo, appointments, casework, engagement, identity, incidents];
}

/** The definition that stands beside a blueprint. */
export async function definitionOf({ name }: Blueprint): Promise<Definition> {
  const { parse } = await import('yaml');
  const text = await readFile(new URL(`${name}/definition.yaml`, BLUEPRINTS), 'utf8');
  const { definition, findings } = readDefinition(parse(text));
  if (definition === undefined) throw new Error(`${name}: ${JSON.stringify(findings[0])}`);
  return definition;
}

/** Records events as they are made; answers how many. */
async function record(app: App, project: string, events: Iterable<EventInput>): Promise<number> {
  let count = 0;
  const send = async (batch: readonly EventInput[]): Promise<void> => {
    const bytes = Buffer.from(JSON.stringify(batch));
    const { accepted, rejected } = await app.ingest.record(OWNER, {
      project,
      bytes,
      isNdjson: false,
    });
    const [first] = rejected;
    if (first) throw new Error(`a demo event was refused: ${first.path} ${first.detail}`);
    count += accepted;
  };
  let batch: EventInput[] = [];
  let sending: Promise<void> | undefined;
  for (const event of events) {
    batch.push(event);
    if (batch.length < EVENTS_AT_ONCE) continue;
    // One batch is recorded while the next one is made.
    await sending;
    sending = send(batch);
    batch = [];
  }
  await sending;
  if (batch.length > 0) await send(batch);
  return count;
}

async function hasEvents(app: App, project: string): Promise<boolean> {
  const tenants = await app.access.admin.listTenants(OWNER, { project });
  return tenants.some(({ events }) => events > 0);
}

/** Makes a blueprint's project with its tenants, events and a key for each role. */
export async function fillBlueprint(
  app: App,
  blueprint: Blueprint,
  nowMs: number,
): Promise<{ readonly events: number; readonly keys: readonly RoleKey[] }> {
  const { admin } = app.access;
  const { name: project } = blueprint;
  const definition = await definitionOf(blueprint);
  await admin.putProject(OWNER, project, { definition });
  const tenants = blueprint.tenants(nowMs);
  for (const { addons, ...tenant } of tenants) {
    await admin.putTenant(OWNER, {
      project,
      ...tenant,
      ...(addons ? { addons: [...addons] } : {}),
    });
  }
  const events = await record(app, project, blueprint.events({ seed: SEED, nowMs }));
  const keys: RoleKey[] = [];
  for (const [role, { viewer }] of Object.entries(definition.roles)) {
    // What customers' own people may have reads their own organization alone.
    const tenant = viewer === true ? (tenants[0]?.tenant_id ?? null) : null;
    const bound = tenant === null ? {} : { tenant_id: tenant };
    const asked = { project, label: `Demo: ${role}`, roles: [role], ...bound };
    const { secret } = await admin.createKey(OWNER, asked);
    keys.push({ role, tenant, secret });
  }
  return { events, keys };
}

const seconds = (started: number): string => ((performance.now() - started) / 1_000).toFixed(1);

/** Fills every project that has no events yet; `say` gets what happened, and each role's key. */
export async function fillDemo(app: App, say: Say): Promise<void> {
  const nowMs = Date.now();
  for (const blueprint of await loadBlueprints()) {
    const { name } = blueprint;
    const known = await app.store.projects.byName(name);
    if (known && (await hasEvents(app, name))) {
      say(`The project "${name}" is there already; annals keys create makes new keys.`);
      continue;
    }
    const started = performance.now();
    const { events, keys } = await fillBlueprint(app, blueprint, nowMs);
    say(`Project "${name}": ${events} events in ${seconds(started)} s. Keys of its roles:`);
    for (const { role, tenant, secret } of keys) {
      say(`  ${role.padEnd(36)} ${(tenant ?? 'all tenants').padEnd(20)} ${secret}`);
    }
  }
}
