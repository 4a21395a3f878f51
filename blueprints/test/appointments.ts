/**
 * Changes and reports of a scheduling product, and what its gates answer, for whoever asks. Each
 * check leaves tenants as it found them.
 */
import assert from 'node:assert/strict';
import type { Definition } from '@annals/contract/definition';
import type { EventInput, ReadEvent } from '@annals/contract/event';
import { isOwn } from '@annals/contract/view';
import { ago, HOUR } from './asking.ts';
import type { Asked, AtWork } from './at-work.ts';
import { putTenant, visitorOf } from './gates.ts';

/** Longer ago than the delay, and within one report. */
const SETTLED = 7 * HOUR;

export const ADMIN = {
  type: 'user',
  id: 'usr_ada',
  name: 'Ada Quarshie',
  email: 'ada.quarshie@larkspur.example',
  roles: ['admin'],
} satisfies EventInput['actor'];

type Touching = Pick<ReadEvent, 'targets'>;
let made = 0;
/** A change of a location that nothing else is done to. */
export const change = (fields: Partial<EventInput> = {}): EventInput => ({
  action: 'location.updated',
  actor: ADMIN,
  occurred_at: ago(SETTLED),
  targets: [{ type: 'location', id: `loc_t${++made}`, name: 'Wharf Branch' }],
  changes: [{ path: '/phone', label: 'Phone number', before: 'none', after: '416-555-0199' }],
  outcome: { result: 'success' },
  source: { initiator: 'user', application: 'console' },
  ...fields,
});
export const targetOf = ({ targets }: Touching): string => String(targets?.[0]?.id);
export const only = (...events: readonly EventInput[]): string =>
  events.map((event) => `target:${targetOf(event)}`).join(' ');
export const targetsOf = (events: readonly Touching[]): string[] => events.map(targetOf).sort();

/** A report of the last 60 days. */
export const report = (q = '', more: Asked = {}): Asked => ({
  view: 'audits',
  from: 'now-60d',
  to: 'now',
  ...(q === '' ? {} : { q }),
  ...more,
});

const OFF = {
  code: 'audit_not_enabled',
  detail: 'Audit logs are not enabled for this tenant.',
};
const NO_ADDON = {
  code: 'addon_required',
  detail: 'Audit logs need Advanced Analytics.',
  missing: ['advanced_analytics'],
};
const DEMO = { code: 'demo_tenant', detail: 'Demo instances have no audit log.' };

export async function isOffByDefault(at: AtWork): Promise<void> {
  const admin = await visitorOf(at, 'admin', 'prairierose', 'audits');
  const vendor = await at.enter('customer_success');
  await admin.isRefused(OFF);
  const own = await putTenant(at, admin.credential, 'prairierose', { audit_enabled_at: 'now' });
  assert.deepEqual([own.status, own.json.code], [403, 'forbidden']);
  const enabled = await putTenant(at, vendor, 'prairierose', { audit_enabled_at: 'now' });
  assert.equal(enabled.status, 200, enabled.text);
  await admin.isWelcome();
  await putTenant(at, vendor, 'prairierose', { audit_enabled_at: null });
  await admin.isRefused(OFF);
  // The vendor's own view is open all the time, and nothing was lost meanwhile.
  const all = await at.events('customer_success', { tenant_id: 'prairierose' });
  assert.equal(
    all.filter((event) => !isOwn(event)).length,
    (await at.all('prairierose')).length,
    'besides what the log records of itself',
  );
}

export async function needsTheAddon(at: AtWork): Promise<void> {
  const admin = await visitorOf(at, 'admin', 'tamarack', 'audits');
  const vendor = await at.enter('customer_success');
  const put = (fields: object) => putTenant(at, vendor, 'tamarack', fields);
  await admin.isRefused(NO_ADDON);
  const refused = await put({ audit_enabled_at: 'now' });
  assert.deepEqual([refused.status, refused.json.code], [422, 'prerequisite_missing']);
  assert.deepEqual(refused.json.missing, ['advanced_analytics']);
  assert.match(refused.json.detail ?? '', /Advanced Analytics/);
  assert.equal((await put({ addons: ['advanced_analytics'] })).status, 200);
  await admin.isRefused(OFF);
  assert.equal((await put({ audit_enabled_at: 'now' })).status, 200);
  await admin.isWelcome();
  assert.equal((await put({ addons: ['text_messages'] })).status, 200);
  await admin.isRefused(NO_ADDON);
  assert.equal((await put({ audit_enabled_at: null })).status, 200);
}

export async function isNotForDemos(at: AtWork): Promise<void> {
  const admin = await visitorOf(at, 'admin', 'showroom', 'audits');
  const vendor = await at.enter('customer_success');
  const put = (fields: object) => putTenant(at, vendor, 'showroom', fields);
  await admin.isRefused(DEMO);
  const refused = await put({ audit_enabled_at: 'now' });
  assert.deepEqual([refused.status, refused.json.code], [422, 'prerequisite_missing']);
  assert.match(refused.json.detail ?? '', /Demo instances/);
  // It is being a demo that closes it: it has all else.
  assert.equal((await put({ is_demo: false, audit_enabled_at: 'now' })).status, 200);
  await admin.isWelcome();
  await put({ is_demo: true, audit_enabled_at: null });
  await admin.isRefused(DEMO);
}

/** The definition without some rules of the view of audits. */
export const auditsWithout = ({ definition }: AtWork, ...names: readonly string[]): Definition => {
  const { audits } = definition.views;
  assert.ok(audits);
  const kept = Object.entries(audits).filter(([name]) => !names.includes(name));
  const view = { ...Object.fromEntries(kept), label: audits.label };
  return { ...definition, views: { ...definition.views, audits: view } };
};

/** Only changes of admins appear, unless the definition says otherwise. */
export async function showsAdminsAlone(at: AtWork): Promise<void> {
  const bySystem = { actor: { type: 'system' }, source: { initiator: 'system' } } as const;
  const support = { ...ADMIN, type: 'support' } as const;
  const events = [
    change(),
    change({ actor: { ...ADMIN, roles: ['manager', 'admin'] } }),
    change({ actor: { ...ADMIN, roles: ['manager'] } }),
    change({ actor: { ...ADMIN, roles: ['staff'] } }),
    change({ actor: { type: 'user', id: ADMIN.id } }),
    change({ actor: support }),
    change(bySystem),
  ];
  await at.record(events);
  const shown = async () => targetsOf(await at.events('admin', report(only(...events))));
  assert.deepEqual(await shown(), targetsOf(events.slice(0, 2)));
  const vendor = await at.events('customer_success', { q: only(...events) });
  assert.equal(vendor.length, events.length);
  await at.whileDefined(auditsWithout(at, 'rows'), async () => {
    assert.deepEqual(await shown(), targetsOf(events));
  });
  assert.equal((await shown()).length, 2);
}
