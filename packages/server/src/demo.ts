/**
 * The demo: fills the project `demo`, once, through the same way that every event takes. Only
 * here so that a first look shows a log with something in it.
 */
import type { EventInput } from '@annals/contract/event';
import { SCOPES } from '@annals/contract/routes';
import type { Principal } from './access/access.ts';
import type { App } from './app.ts';

const PROJECT = 'demo';
const EVENTS_AT_ONCE = 500;
/** Fixed, so that every first look is the same. */
const SEED = 4_600;

/** The program itself, at the terminal of its owner. */
const OWNER: Principal = {
  kind: 'key',
  keyId: 'demo',
  projectNo: null,
  tenantNo: null,
  tenantId: null,
  scopes: new Set(SCOPES),
  roles: [],
  expiresAt: null,
};

/** Fills the project unless it has events already; `say` gets what happened. */
export async function fillDemo(app: App, say: (line: string) => void): Promise<void> {
  await app.access.admin.putProject(OWNER, PROJECT, { label: 'Acme Works (demo)' });
  const tenants = await app.access.admin.listTenants(OWNER, { project: PROJECT });
  if (tenants.some(({ events }) => events > 0)) {
    say('The demo project is there already.');
    return;
  }
  const { demoEvents } = await import('../../../blueprints/demo/demo.ts');
  const started = performance.now();
  let count = 0;
  const send = async (batch: readonly EventInput[]): Promise<void> => {
    const bytes = Buffer.from(JSON.stringify(batch));
    const { accepted, rejected } = await app.ingest.record(OWNER, {
      project: PROJECT,
      bytes,
      isNdjson: false,
    });
    const [first] = rejected;
    if (first) throw new Error(`a demo event was refused: ${first.path} ${first.detail}`);
    count += accepted;
  };
  let batch: EventInput[] = [];
  let sending: Promise<void> | undefined;
  for (const event of demoEvents({ seed: SEED, nowMs: Date.now() })) {
    batch.push(event);
    if (batch.length < EVENTS_AT_ONCE) continue;
    // One batch is recorded while the next one is made.
    await sending;
    sending = send(batch);
    batch = [];
  }
  await sending;
  if (batch.length > 0) await send(batch);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  say(
    `Demo: ${count} events in ${seconds} s, in the project "${PROJECT}", tenant "acme" and others.`,
  );
}
