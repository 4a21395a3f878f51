/**
 * Places of a log that have something of every kind, and how each route is asked for it: for tests
 * of who may do what where.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Erasure } from '@annals/contract/erasures';
import type { Export } from '@annals/contract/exports';
import type { Report } from '@annals/contract/reports';
import type {
  Hold,
  Job,
  Key,
  RecordResult,
  RouteName,
  Scope,
  ScopedRouteName,
} from '@annals/contract/routes';
import type { ViewerKey, ViewerSession } from '@annals/contract/sessions';
import { FACET_FIELDS } from '@annals/contract/values';
import { exported } from './exporting.ts';
import { BASE_MS, sampleEvent, type TestApp } from './harness.ts';
import { invite, PASSWORD } from './people.ts';

/** What somebody has, by its names. */
export interface Place {
  readonly project: string;
  readonly tenant: string;
  /** Of a user. */
  readonly actorId: string;
  readonly eventId: string;
  readonly exportId: string;
  readonly reportId: string;
  readonly keyId: string;
  readonly jobId: string;
  readonly sessionId: string;
  readonly viewerKeyId: string;
  readonly erasureId: string;
  readonly personId: string;
  readonly holdId: string;
  readonly findingId: string;
}
export interface Asked {
  readonly path: string;
  readonly body?: unknown;
}
/** What somebody hands on to a new key or person. */
export type Gives = { readonly scopes: readonly Scope[] } | { readonly roles: readonly string[] };

/** The same each time: sent again it is a duplicate, and no log grows. */
const EVENT = sampleEvent({ id: '11111111-1111-4111-8111-111111111111' });
const rolesOf = (gives: Gives = { roles: ['reader'] }) =>
  'roles' in gives ? gives.roles : ['reader'];
const VIEWER_KEY = {
  issuer: 'issuer',
  algorithm: 'EdDSA',
  public_key: generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
  roles: ['reader'],
} as const;

const exportPath = ({ project, tenant, exportId }: Place, action = '') =>
  `/v1/exports/${exportId}${action}?project=${project}&tenant_id=${tenant}`;

const reportPath = ({ project, tenant, reportId }: Place, action = '') =>
  `/v1/reports/${reportId}${action}?project=${project}&tenant_id=${tenant}`;
const REPORT = { title: 'Report', format: 'csv', range: 'yesterday' } as const;

/**
 * How each route is asked for what lies at a place, so that it leaves all as it is for the next
 * who asks, but for `removePerson`. A new route is added here.
 */
export const ASK: Readonly<Record<ScopedRouteName, (place: Place, gives?: Gives) => Asked>> = {
  recordEvents: ({ project, tenant }) => ({
    path: `/v1/events?project=${project}`,
    body: [{ ...EVENT, tenant_id: tenant }],
  }),
  listEvents: ({ project, tenant }) => ({
    path: `/v1/events?project=${project}&tenant_id=${tenant}`,
  }),
  downloadEvents: ({ project, tenant }) => ({
    path: `/v1/events/download?project=${project}&tenant_id=${tenant}&format=csv`,
  }),
  createExport: ({ project, tenant }) => ({
    path: `/v1/exports?project=${project}`,
    body: { tenant_id: tenant, format: 'csv' },
  }),
  listExports: ({ project, tenant }) => ({
    path: `/v1/exports?project=${project}&tenant_id=${tenant}`,
  }),
  getExport: (place) => ({ path: exportPath(place) }),
  cancelExport: (place) => ({ path: exportPath(place, '/cancel'), body: {} }),
  retryExport: (place) => ({ path: exportPath(place, '/retry'), body: {} }),
  downloadExport: (place) => ({ path: exportPath(place, '/file') }),
  getManifest: (place) => ({ path: exportPath(place, '/manifest') }),
  createReport: ({ project, tenant }) => ({
    path: `/v1/reports?project=${project}`,
    body: { tenant_id: tenant, ...REPORT },
  }),
  previewReport: ({ project, tenant }) => ({
    path: `/v1/reports/preview?project=${project}`,
    body: { tenant_id: tenant, ...REPORT },
  }),
  listReports: ({ project, tenant }) => ({
    path: `/v1/reports?project=${project}&tenant_id=${tenant}`,
  }),
  getReport: (place) => ({ path: reportPath(place) }),
  putReport: (place) => ({ path: reportPath(place), body: { ...REPORT, view: 'page' } }),
  // One that there is not: the next who asks would find none.
  deleteReport: (place) => ({ path: reportPath({ ...place, reportId: NO_UUID }) }),
  pauseReport: (place) => ({ path: reportPath(place, '/pause'), body: {} }),
  resumeReport: (place) => ({ path: reportPath(place, '/resume'), body: {} }),
  runReport: (place) => ({ path: reportPath(place, '/run'), body: {} }),
  testReport: (place) => ({ path: reportPath(place, '/test'), body: {} }),
  listDeliveries: (place) => ({ path: reportPath(place, '/deliveries') }),
  listWatches: ({ project, tenant }) => ({
    path: `/v1/unusual?project=${project}&tenant_id=${tenant}`,
  }),
  putWatch: ({ project, tenant }) => ({
    path: `/v1/unusual/page?project=${project}&tenant_id=${tenant}`,
    body: { enabled: true },
  }),
  listFindings: ({ project, tenant }) => ({
    path: `/v1/findings?project=${project}&tenant_id=${tenant}`,
  }),
  judgeFinding: ({ project, tenant, findingId }) => ({
    path: `/v1/findings/${findingId}/judge?project=${project}&tenant_id=${tenant}`,
    body: { state: 'needs_a_look' },
  }),
  searchEvents: ({ project, tenant }) => ({
    path: '/v1/events/search',
    body: { project, tenant_id: tenant, q: 'actor:*' },
  }),
  countEvents: ({ project, tenant }) => ({
    path: `/v1/events/count?project=${project}&tenant_id=${tenant}`,
  }),
  histogram: ({ project, tenant }) => ({
    path: `/v1/events/histogram?project=${project}&tenant_id=${tenant}`,
  }),
  facets: ({ project, tenant }) => ({
    path: `/v1/events/facets?project=${project}&tenant_id=${tenant}&fields=${FACET_FIELDS}`,
  }),
  suggest: ({ project, tenant }) => ({
    path: `/v1/events/suggest?project=${project}&tenant_id=${tenant}&field=party`,
  }),
  tailEvents: ({ project, tenant }) => ({
    path: `/v1/events/tail?project=${project}&tenant_id=${tenant}`,
  }),
  listActors: ({ project, tenant }) => ({
    path: `/v1/actors?project=${project}&tenant_id=${tenant}`,
  }),
  listRecords: ({ project, tenant }) => ({
    path: `/v1/records?project=${project}&tenant_id=${tenant}`,
  }),
  getEvent: ({ project, tenant, eventId }) => ({
    path: `/v1/events/${eventId}?project=${project}&tenant_id=${tenant}`,
  }),
  listRejects: ({ project }) => ({ path: `/v1/rejects?project=${project}` }),
  listProjects: () => ({ path: '/v1/projects' }),
  getProject: ({ project }) => ({ path: `/v1/projects/${project}` }),
  putProject: ({ project }) => ({
    path: `/v1/projects/${project}`,
    body: { create_tenants: true },
  }),
  diffProject: ({ project }) => ({
    path: `/v1/projects/${project}/diff`,
    body: { definition: { project, label: 'mine', views: {}, roles: {} } },
  }),
  getCatalog: ({ project, tenant }) => ({
    path: `/v1/catalog?project=${project}&tenant_id=${tenant}`,
  }),
  explain: ({ project, tenant, eventId }) => ({
    path: `/v1/explain?project=${project}&tenant_id=${tenant}&id=${eventId}&role=reader`,
  }),
  listTenants: ({ project }) => ({ path: `/v1/tenants?project=${project}` }),
  putTenant: ({ project, tenant }) => ({
    path: `/v1/tenants/${tenant}?project=${project}`,
    body: { label: 'mine' },
  }),
  listKeys: ({ project }) => ({ path: `/v1/keys?project=${project}` }),
  createKey: ({ project, tenant }, gives = { scopes: ['events:read'] }) => ({
    path: `/v1/keys?project=${project}`,
    body: { label: 'mine', tenant_id: tenant, ...gives },
  }),
  revokeKey: ({ keyId }) => ({ path: `/v1/keys/${keyId}` }),
  createViewerSession: ({ project, tenant }) => ({
    path: `/v1/viewer-sessions?project=${project}`,
    body: { tenant_id: tenant, roles: ['reader'], viewer: { id: 'u-1' } },
  }),
  listViewerSessions: ({ project, tenant }) => ({
    path: `/v1/viewer-sessions?project=${project}&tenant_id=${tenant}`,
  }),
  revokeViewerSession: ({ sessionId }) => ({ path: `/v1/viewer-sessions/${sessionId}` }),
  createViewerKey: ({ project }) => ({
    path: `/v1/viewer-keys?project=${project}`,
    body: { label: 'mine', ...VIEWER_KEY },
  }),
  listViewerKeys: ({ project }) => ({ path: `/v1/viewer-keys?project=${project}` }),
  retireViewerKey: ({ viewerKeyId }) => ({ path: `/v1/viewer-keys/${viewerKeyId}` }),
  denyViewerToken: ({ viewerKeyId }) => ({
    path: `/v1/viewer-keys/${viewerKeyId}/denials`,
    body: { jti: 'x' },
  }),
  createErasure: ({ project, tenant }) => ({
    path: `/v1/erasures?project=${project}`,
    // Of a dry run that there was not: one that there is goes on when it has been answered.
    body: { tenant_id: tenant, subject: { type: 'user', id: 'u-1' }, dry_run: false, token: 'x' },
  }),
  listErasures: ({ project, tenant }) => ({
    path: `/v1/erasures?project=${project}&tenant_id=${tenant}`,
  }),
  getErasure: ({ erasureId }) => ({ path: `/v1/erasures/${erasureId}` }),
  resumeErasure: ({ erasureId }) => ({ path: `/v1/erasures/${erasureId}/resume`, body: {} }),
  listPeople: ({ project, tenant }) => ({
    path: `/v1/people?project=${project}&tenant_id=${tenant}`,
  }),
  invitePerson: ({ project, tenant }, gives) => ({
    path: `/v1/people?project=${project}&tenant_id=${tenant}`,
    body: { email: 'mine@a.example', memberships: [{ roles: rolesOf(gives) }] },
  }),
  putPerson: ({ project, tenant, personId }) => ({
    path: `/v1/people/${personId}?project=${project}&tenant_id=${tenant}`,
    body: { memberships: [{ roles: ['reader'] }] },
  }),
  removePerson: ({ project, personId }) => ({
    path: `/v1/people/${personId}?project=${project}`,
  }),
  resetPerson: ({ project, personId }) => ({
    path: `/v1/people/${personId}/reset?project=${project}`,
    body: {},
  }),
  listPersonSessions: ({ project, personId }) => ({
    path: `/v1/people/${personId}/sessions?project=${project}`,
  }),
  endPersonSessions: ({ project, personId }) => ({
    path: `/v1/people/${personId}/sessions?project=${project}`,
  }),
  listHolds: ({ project, tenant }) => ({
    path: `/v1/holds?project=${project}&tenant_id=${tenant}`,
  }),
  placeHold: ({ project, tenant }) => ({
    path: `/v1/holds?project=${project}`,
    body: { tenant_id: tenant, covers: { kind: 'tenant' }, reason: 'mine' },
  }),
  releaseHold: ({ holdId }) => ({ path: `/v1/holds/${holdId}?reason=mine` }),
  getRetention: ({ project, tenant }) => ({
    path: `/v1/retention?project=${project}&tenant_id=${tenant}`,
  }),
  closeTenant: ({ project, tenant }) => ({
    path: `/v1/tenants/${tenant}/close?project=${project}`,
    // Too short to be done.
    body: { after: 'P1D' },
  }),
  reopenTenant: ({ project, tenant }) => ({
    path: `/v1/tenants/${tenant}/reopen?project=${project}`,
    body: {},
  }),
  createJob: ({ project, tenant }) => ({
    path: `/v1/jobs?project=${project}`,
    body: { kind: 'verify', tenant_id: tenant },
  }),
  getJob: ({ jobId }) => ({ path: `/v1/jobs/${jobId}` }),
};

export type OwnRouteName = Exclude<RouteName, ScopedRouteName>;

/** How routes are asked that are about who asks, and no place. */
export const ASK_OWN: Readonly<Record<OwnRouteName, Asked>> = {
  me: { path: '/v1/me' },
  setUp: {
    path: '/v1/auth/setup',
    body: { token: 'x', email: 'a@a.example', name: 'A', password: PASSWORD },
  },
  join: { path: '/v1/auth/join', body: { token: 'x' } },
  resetPassword: { path: '/v1/auth/reset', body: { token: 'x', password: PASSWORD } },
  signIn: { path: '/v1/auth/sign-in', body: { email: 'a@a.example', password: PASSWORD } },
  signInCode: { path: '/v1/auth/sign-in/code', body: { code: '000000' } },
  listProviders: { path: '/v1/auth/providers' },
  startProvider: { path: '/v1/auth/providers/none', body: {} },
  callback: { path: '/v1/auth/callback/none' },
  changePassword: {
    path: '/v1/auth/password',
    body: { password: PASSWORD, new_password: PASSWORD },
  },
  startTotp: { path: '/v1/auth/totp', body: { password: PASSWORD } },
  confirmTotp: { path: '/v1/auth/totp/confirm', body: { code: '000000' } },
  newBackupCodes: { path: '/v1/auth/totp/backup-codes', body: { password: PASSWORD } },
  removeTotp: { path: '/v1/auth/totp/remove', body: { password: PASSWORD } },
  listOwnSessions: { path: '/v1/auth/sessions' },
  endOwnSession: { path: '/v1/auth/sessions/none' },
  listAccounts: { path: '/v1/auth/accounts' },
  unlinkAccount: { path: '/v1/auth/accounts/none' },
  signOut: { path: '/v1/auth/sign-out', body: {} },
};

const NO_UUID = '00000000-0000-4000-8000-000000000000';

/** A place with nothing of all this. */
export const nothingAt = (project: string, tenant: string): Place => ({
  project,
  tenant,
  actorId: 'nobody',
  eventId: NO_UUID,
  exportId: NO_UUID,
  reportId: NO_UUID,
  keyId: 'key_00000000000000000000',
  jobId: NO_UUID,
  sessionId: 'vs_00000000000000000000',
  viewerKeyId: 'vk_00000000000000000000',
  erasureId: NO_UUID,
  personId: 'person_00000000000000000000',
  holdId: NO_UUID,
  findingId: NO_UUID,
});

/** Asks until something is no longer as it began. */
async function settled<T extends { readonly state: string }>(
  app: TestApp,
  path: string,
  first: T['state'],
): Promise<T> {
  for (;;) {
    const { json } = await app.admin<T>('GET', path);
    if (json.state !== first) return json;
    await sleep(5);
  }
}

/** Has the view watched, as if it had found something. */
async function findingAt(app: TestApp, query: string, about: { tenant: string; mark: string }) {
  const path = `/v1/unusual/page${query}&tenant_id=${about.tenant}`;
  const on = await app.admin('PUT', path, { enabled: true });
  assert.equal(on.status, 200, on.text);
  const id = randomUUID();
  await app.sql(
    `INSERT INTO finding (finding_id, tenant_no, view, lens, kind, person, name, value, figure,
       from_at, to_at, state, note, found_at)
     SELECT ?, watch.tenant_no, view, lens, 'deletes', ?, ?, '', 41, ?, ?, 'new', ?, 0
     FROM watch JOIN tenant ON tenant.tenant_no = watch.tenant_no WHERE tenant_id = ?`,
    ...[id, `user:${about.mark}-actor`, `${about.mark} name`, BASE_MS - 3_600_000, BASE_MS],
    ...[`${about.mark} note`, about.tenant],
  );
  return id;
}

/**
 * Fills a place, in a project whose viewers’ role is `reader`. All that it is told by, but names
 * in addresses, bears the mark.
 */
export async function fillPlace(
  app: TestApp,
  { project, tenant, mark }: { project: string; tenant: string; mark: string },
): Promise<Place> {
  const query = `?project=${project}`;
  const make = async <T>(path: string, body: unknown, status = 201): Promise<T> => {
    const made = await app.admin<T>('POST', `${path}${query}`, body);
    assert.equal(made.status, status, made.text);
    return made.json;
  };
  await app.admin('PUT', `/v1/tenants/${tenant}${query}`, { label: `${mark} tenant label` });
  const recorded = await make<RecordResult>('/v1/events', [
    { ...sampleEvent({ actor: { type: 'user', id: `${mark}-actor` } }), tenant_id: tenant },
    { ...sampleEvent(), tenant_id: tenant, [`${mark}_field`]: 1 },
  ]);
  assert.deepEqual([recorded.accepted, recorded.rejected.length], [1, 1]);
  const key = await make<Key>('/v1/keys', {
    ...{ label: `${mark} key label`, scopes: ['events:write'], tenant_id: tenant },
  });
  const { job_id } = await make<Job>('/v1/jobs', { kind: 'verify', tenant_id: tenant }, 202);
  const job = await settled<Job>(app, `/v1/jobs/${job_id}`, 'running');
  assert.equal(job.state, 'completed');
  const session = await make<ViewerSession>('/v1/viewer-sessions', {
    ...{ tenant_id: tenant, roles: ['reader'], viewer: { id: `${mark}-viewer` } },
  });
  const viewerKey = await make<ViewerKey>('/v1/viewer-keys', {
    ...{ ...VIEWER_KEY, label: `${mark} viewer key`, issuer: `${mark}-issuer` },
  });
  const asked = { tenant_id: tenant, view: 'page', format: 'csv', name: `${mark} export` };
  const waiting = await make<Export>('/v1/exports', asked, 202);
  const made = await exported(app, waiting, project);
  const report = await make<Report>('/v1/reports', {
    ...{ ...REPORT, tenant_id: tenant, view: 'page', title: `${mark} report` },
  });
  const subject = { type: 'user', id: `${mark}-actor` };
  const dryRun = { tenant_id: tenant, subject, legal_basis: 'GDPR Art. 17' };
  const { erasure_id } = await make<Erasure>('/v1/erasures', dryRun, 202);
  const erasure = await settled<Erasure>(app, `/v1/erasures/${erasure_id}`, 'searching');
  assert.equal(erasure.state, 'found');
  const email = `${mark}@${project}.${tenant}.example`;
  const memberships = [{ project, tenant_id: tenant, roles: ['reader'] }];
  const { person } = await invite(app, email, memberships);
  // As if the invitation had been accepted: a password takes its time.
  const accepted = 'UPDATE membership SET accepted_at = created_at WHERE person_id = ?';
  await app.sql(accepted, person.person_id);
  const covers = { kind: 'actor', ...subject };
  const hold = await make<Hold>('/v1/holds', {
    ...{ tenant_id: tenant, covers, reason: `${mark} reason` },
  });
  const findingId = await findingAt(app, query, { tenant, mark });
  return {
    project,
    tenant,
    actorId: subject.id,
    findingId,
    eventId: recorded.receipts[0]?.id ?? '',
    exportId: made.export_id,
    reportId: report.report_id,
    keyId: key.key_id,
    jobId: job.job_id,
    sessionId: session.session_id,
    viewerKeyId: viewerKey.viewer_key_id,
    erasureId: erasure.erasure_id,
    personId: person.person_id,
    holdId: hold.hold_id,
  };
}
