/**
 * Case files that the acceptance tests of casework make and ask for, and what a service within
 * one tells, before and since it tells more.
 */
import assert from 'node:assert/strict';
import type { EventInput } from '@annals/contract/event';
import { actionsIn, ago, catalogOf, refusals } from './asking.ts';
import type { Asked, AtWork } from './at-work.ts';

export const ALL_TIME = { from: 'now-700d', to: 'now' };

export const KEISHA = {
  type: 'user',
  id: 'u_keisha',
  name: 'Keisha Barrow',
  email: 'keisha.barrow@cedarvalley.example',
  roles: ['caseworker'],
} satisfies EventInput['actor'];

export type Target = NonNullable<EventInput['targets']>[number];
let made = 0;
/** A record that nothing else is done to. */
export const record = (type: string, name: string): Target => ({
  type,
  id: `${type}_t${++made}`,
  name,
});
export const within = (...parents: readonly Target[]): Target[] =>
  parents.map((parent) => ({ ...parent, role: 'parent' }));
export const deed = (
  action: string,
  targets: readonly Target[],
  fields: Partial<EventInput> = {},
): EventInput => ({
  action,
  actor: KEISHA,
  occurred_at: ago(5),
  targets: [...targets],
  outcome: { result: 'success' },
  source: { initiator: 'user', application: 'engage' },
  ...fields,
});

/** What somebody asks in the Admin section: application, record, date range, and what else. */
export const search = (q: string, more: Asked = {}): Asked => ({
  view: 'audit_logs',
  ...ALL_TIME,
  q,
  ...more,
});
export const found = (at: AtWork, q: string, more: Asked = {}) =>
  at.events('admin', search(q, more));

/** Of the service in the product's own example. */
const COUNSELING = {
  total_cost: '$1,200.00',
  units: '12',
  service_offering_id: 'so_118',
  service_type_id: 'st_12',
  person_id: 'per_81',
};

const fieldsOfServices = async (at: AtWork) =>
  actionsIn(await catalogOf(at, 'admin')).find(
    ({ action }) => action === 'service_enrollment.created',
  )?.fields ?? [];

export async function showsFieldsAndIds(at: AtWork): Promise<void> {
  const q = `application:engage target:"J. Sullivan Case" action:service_enrollment.created`;
  const added = await found(at, q);
  const first = added.at(-1);
  assert.ok(first?.metadata && !('_erased' in first.metadata));
  const { metadata } = first;
  for (const [name, value] of Object.entries(COUNSELING)) assert.equal(metadata[name], value);
  assert.deepEqual(
    first.targets?.map(({ type, role }) => [type, role]),
    [
      ['service_enrollment', undefined],
      ['case', 'parent'],
      ['person', 'related'],
      ['provider', 'related'],
    ],
  );
  assert.match(first.sentence ?? '', /Total Cost \$1,200\.00, Units 12$/);
  const fields = (await fieldsOfServices(at)).slice(0, 5);
  assert.deepEqual(
    fields.map(({ path }) => path),
    Object.keys(COUNSELING).map((name) => `/metadata/${name}`),
  );
  assert.deepEqual(
    fields.map(({ label }) => label),
    ['Total Cost', 'Units', 'Service Offering', 'Service Type', 'Person'],
  );
}

export async function hasTwoForms(at: AtWork): Promise<void> {
  const file = record('case', 'V. Versions Case');
  const more = { provider_id: 'prv_1', frequency: 'weekly', starts_on: '2026-03-09' };
  const add = (occurred_at: string, metadata: object) => {
    const targets = [record('service_enrollment', 'Counseling'), ...within(file)];
    return deed('service_enrollment.created', targets, {
      occurred_at,
      metadata: { ...metadata },
    });
  };
  const [last, first] = ['2026-03-01T04:59:59.999Z', '2026-03-01T05:00:00.000Z'];
  await at.record([add(last, COUNSELING), add(first, { ...COUNSELING, ...more })]);
  const wrong = [add(first, COUNSELING), add(last, { ...COUNSELING, ...more })];
  const isRefused = ['invalid_event', '/metadata/provider_id'];
  assert.deepEqual(await refusals(at, wrong), [isRefused, isRefused]);
  const read = await found(at, `application:engage target:${file.id}`, { from: last });
  assert.deepEqual(
    read.map(({ metadata }) => metadata),
    [{ ...COUNSELING, ...more }, COUNSELING],
  );
  const since = (await fieldsOfServices(at)).flatMap((field) =>
    field.since === '2026-03-01' ? [field.path] : [],
  );
  assert.ok(since.includes('/metadata/frequency') && !since.includes('/metadata/units'));
}
