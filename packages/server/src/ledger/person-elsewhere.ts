/**
 * What the instance keeps beside a log that may name a person: what the operator wrote, which is
 * told and left alone, and what the server wrote by itself, which is cleaned.
 */
import type { Elsewhere } from '@annals/contract/erasures';
import { formatInstant } from '@annals/contract/time';
import type { ListPlace } from '../list-place.ts';
import type { Store, TenantRow } from '../store/store.ts';
import type { Person } from './person.ts';

/** Rejects that are looked through: more than are kept of a project. */
const REJECTS_MOST = 100_000;
/** People who may read the tenant's log. */
const ACCOUNTS_MOST = 100_000;
/** Sessions live a day at most. */
const SESSIONS_MOST = 100_000;
const EXPORTS_AT_ONCE = 500;
/** Deliveries that are told of. */
const COPIES_MOST = 1_000;
const ERASED = '(erased)';

/** Where the operator's own texts name the person. */
export async function findElsewhere(
  store: Store,
  tenant: TenantRow,
  person: Person,
): Promise<Elsewhere[]> {
  const found: Elsewhere[] = [];
  const look = (place: Elsewhere['place'], id: string, fields: Record<string, unknown>) => {
    for (const [field, value] of Object.entries(fields)) {
      if (person.isNamedIn(value)) found.push({ place, id, field });
    }
  };
  const { tenant_no: tenantNo, tenant_id: tenantId, project_no: projectNo, label } = tenant;
  look('tenant', tenantId, { tenant_id: tenantId, label });
  const project = await store.projects.byNumber(projectNo);
  if (project) look('project', project.project, { label: project.label });
  for (let version = 1; version <= (project?.version ?? 0); version++) {
    const text = await store.definitions.byVersion(projectNo, version);
    look('definition', project?.project ?? '', { [`version ${version}`]: text });
  }
  for (const key of await store.keys.list(projectNo)) {
    if (key.tenant_no !== null && key.tenant_no !== tenantNo) continue;
    look('api_key', key.key_id, { label: key.label });
  }
  for (const place of [{ projectNo }, { projectNo: null }]) {
    const { people, memberships } = await store.people.list(place, '', ACCOUNTS_MOST);
    for (const { id, name, email } of people) {
      const isHere = memberships.some(
        ({ person_id, tenant_no }) =>
          person_id === id && (tenant_no === null || tenant_no === tenantNo),
      );
      if (isHere) look('account', id, { name, email });
    }
  }
  for (const hold of await store.holds.list(tenantNo)) {
    if (hold.released_at !== null) continue;
    look('legal_hold', hold.hold_id, { reason: hold.reason, covers: hold.covers });
  }
  for (const report of await store.reports.list(tenantNo)) {
    const { report_id, title, owner, asked, subject, recipients } = report;
    const query = JSON.parse(asked);
    const [to, by] = [JSON.parse(recipients), JSON.parse(owner)];
    look('report', report_id, { title, query, subject, recipients: to, owner: by });
  }
  return found;
}

/** Files with personal values that were sent and that nobody can call back. */
export async function sentCopies({ deliveries }: Store, tenantNo: number): Promise<string[]> {
  const rows = await deliveries.sentContent(tenantNo, COPIES_MOST);
  return rows.map(({ recipient, export_id, ended_at }) => {
    const { type, to } = JSON.parse(recipient);
    const when = ended_at === null ? '' : ` ${formatInstant(ended_at).slice(0, 10)}`;
    return `The file of the export ${export_id}, sent to ${type} ${to}${when}.`;
  });
}

/** A value as it is with every text in it that names the person replaced. */
function withoutPerson(value: unknown, person: Person): unknown {
  if (typeof value === 'string') return person.isNamedIn(value) ? ERASED : value;
  if (Array.isArray(value)) return value.map((one) => withoutPerson(one, person));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, one]) => [name, withoutPerson(one, person)]);
  return Object.fromEntries(fields);
}

/** Who asked for files, what they searched for, and what they called them. */
async function cleanExports({ exports }: Store, tenantNo: number, person: Person): Promise<void> {
  for (let after: ListPlace | undefined; ; ) {
    const rows = await exports.list(tenantNo, after, EXPORTS_AT_ONCE);
    for (const { export_id, name, asker, asked, subject } of rows) {
      const told = { name, asker: JSON.parse(asker), asked: JSON.parse(asked), subject };
      if (!person.isNamedIn(told)) continue;
      const clean = (value: unknown) => JSON.stringify(withoutPerson(value, person));
      await exports.rewrite(export_id, {
        name: person.isNamedIn(name) ? ERASED : name,
        subject: person.isNamedIn(subject) ? ERASED : subject,
        ...{ asker: clean(told.asker), asked: clean(told.asked) },
        // No question has this digest: what is left of it can be asked by nobody.
        lens: '',
      });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < EXPORTS_AT_ONCE) return;
    after = { at: last.created_at, id: last.export_id };
  }
}

/** What is usual of the person, what was found, and what was said of findings of others. */
async function cleanUnusual({ unusual }: Store, tenantNo: number, person: Person): Promise<void> {
  const known = await unusual.persons(tenantNo);
  const named = known.filter(({ person: one, name }) =>
    person.isNamedIn([one.slice(one.indexOf(':') + 1), name]),
  );
  await unusual.forget(tenantNo, [...new Set(named.map(({ person: one }) => one))]);
  for (const row of await unusual.judged(tenantNo)) {
    const by = row.judged_by === null ? null : JSON.parse(row.judged_by);
    if (!person.isNamedIn([row.note, by])) continue;
    const note = row.note === null ? null : String(withoutPerson(row.note, person));
    await unusual.judge(row, { note, judged_by: JSON.stringify(withoutPerson(by, person)) });
  }
}

/** To whom files were sent; what waits for the person is not sent any more. */
async function cleanDeliveries(
  { deliveries }: Store,
  tenantNo: number,
  person: Person,
): Promise<void> {
  for (const { delivery_id, recipient, detail, state } of await deliveries.ofTenant(tenantNo)) {
    const to = JSON.parse(recipient);
    if (!person.isNamedIn([to, detail])) continue;
    await deliveries.update(delivery_id, {
      recipient: JSON.stringify({ ...to, ...(person.isNamedIn(to) ? { to: ERASED } : {}) }),
      detail: person.isNamedIn(detail) ? ERASED : detail,
      ...(state === 'waiting' ? { state: 'failed', next_at: null, ended_at: Date.now() } : {}),
    });
  }
}

/**
 * Cleans what the server wrote: names of fields in what was refused, sessions of the person as a
 * reader, which end thereby, holds of the past, the history of exports and of what was sent, and
 * what was unusual.
 */
export async function cleanElsewhere(
  store: Store,
  tenant: TenantRow,
  person: Person,
): Promise<void> {
  const { tenant_no: tenantNo, tenant_id: tenantId, project_no: projectNo } = tenant;
  const asked = { projectNo, tenantId: undefined, since: 0, limit: REJECTS_MOST };
  const rejects = await store.rejects.list(asked);
  const named = rejects
    .filter((row) => row.tenant_id === null || row.tenant_id === tenantId)
    .filter(({ path, detail, shape }) => person.isNamedIn([path, detail, shape]));
  await store.rejects.remove(named.map(({ reject_no }) => reject_no));
  for (const { session_id, subject, viewer } of await store.viewers.list(tenantNo, SESSIONS_MOST)) {
    if (person.isNamedIn([subject, viewer])) await store.viewers.remove(session_id);
  }
  await cleanExports(store, tenantNo, person);
  await cleanDeliveries(store, tenantNo, person);
  await cleanUnusual(store, tenantNo, person);
  for (const hold of await store.holds.list(tenantNo)) {
    if (hold.released_at === null) continue;
    const { hold_id, covers, reason, release_reason } = hold;
    const without = <T>(value: T) => (person.isNamedIn(value) ? ERASED : value);
    const isNamed = person.isNamedIn([covers, reason, release_reason]);
    if (!isNamed) continue;
    await store.holds.rewrite(hold_id, {
      covers: person.isNamedIn(covers) ? { kind: 'query', q: ERASED } : covers,
      reason: without(reason),
      release_reason: without(release_reason),
    });
  }
}
