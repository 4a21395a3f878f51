/**
 * Readers in customers' pages. Owns their sessions, the public keys of products that sign tokens
 * themselves, and how either becomes a principal. Promises: roles that are marked `viewer: true`
 * alone, one tenant, an end; nothing manages. A token is kept as its hash.
 */
import { type Compiled, isViewerRole } from '@annals/contract/compile';
import type { OwnAction, OwnTold } from '@annals/contract/own-events';
import { ROUTES } from '@annals/contract/routes';
import {
  SESSION_SECONDS,
  SIGNED_SECONDS,
  TOKEN_ALGORITHMS,
  type TokenAlgorithm,
  type Viewer,
  type ViewerKey,
  type ViewerSession,
} from '@annals/contract/sessions';
import { formatInstant, instantOrNull } from '@annals/contract/time';
import { Fault, invalidBody } from '../fault.ts';
import { keptOf } from '../kept.ts';
import type {
  NamedSessionRow,
  NamedViewerKeyRow,
  ProjectRow,
  Store,
  TenantRow,
} from '../store/store.ts';
import type { Rights } from './administration.ts';
import { NO_TENANT, type Principal } from './decide.ts';
import { audienceOf, claimsOf, keyIdOf, publicKeyText } from './host-tokens.ts';
import { subjectOf } from './subject.ts';
import { digestOf, handleOf, isSameDigest, newId, newSecret } from './tokens.ts';

const PREFIX = 'anv_';
/** A signed token: a header that begins an object, claims, signature. */
const SIGNED = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;
/** Whether this is a viewer's, by its form, and no key. */
export const isViewerToken = (secret: string): boolean =>
  secret.startsWith(PREFIX) || SIGNED.test(secret);

/** A revocation on another server takes effect within this time, in ms. */
const KEPT_MS = 5_000;
const PRINCIPALS_KEPT = 10_000;
/** Sessions that have ended are listed for so long, in ms. */
const ENDED_KEPT_MS = 24 * 3_600_000;
/** Denials outlive what they deny by as much as clocks may differ, in ms. */
const DENIED_MS = (SIGNED_SECONDS + 60) * 1_000;

export interface SessionAsked {
  readonly project?: string;
  readonly tenant_id: string;
  readonly roles: readonly string[];
  readonly viewer: Viewer;
  readonly subject?: string;
  readonly expires_in?: number;
}
export interface ViewerKeyAsked {
  readonly project?: string;
  readonly label: string;
  readonly issuer: string;
  readonly algorithm: TokenAlgorithm;
  readonly public_key: string | Readonly<Record<string, unknown>>;
  readonly roles: readonly string[];
  readonly tenants?: readonly string[];
}

const viewerIn = (text: string): Viewer => JSON.parse(text) as Viewer;

const describeSession = (row: NamedSessionRow): ViewerSession => ({
  session_id: row.session_id,
  project: row.project,
  tenant_id: row.tenant_id,
  roles: row.roles.split(' '),
  subject: row.subject,
  viewer: viewerIn(row.viewer),
  created_at: formatInstant(row.created_at),
  expires_at: formatInstant(row.expires_at),
  revoked_at: instantOrNull(row.revoked_at),
});

const describeKey = (row: NamedViewerKeyRow): ViewerKey => ({
  viewer_key_id: row.viewer_key_id,
  project: row.project,
  label: row.label,
  issuer: row.issuer,
  audience: audienceOf(row.project),
  algorithm: TOKEN_ALGORITHMS.find((one) => one === row.algorithm) ?? 'EdDSA',
  roles: row.roles.split(' '),
  tenants: row.tenants === null ? null : (JSON.parse(row.tenants) as string[]),
  created_at: formatInstant(row.created_at),
  retired_at: instantOrNull(row.retired_at),
});

export class Viewers {
  readonly #store: Store;
  readonly #access: Rights;
  readonly #known = keptOf<string, Principal>({
    most: PRINCIPALS_KEPT,
    ttl: KEPT_MS,
  });

  constructor(parts: { store: Store; access: Rights }) {
    this.#store = parts.store;
    this.#access = parts.access;
  }

  /** Who holds this token; undefined if nobody does, or it was ended or is over. */
  async authenticate(token: string): Promise<Principal | undefined> {
    const digest = digestOf(token);
    const cacheKey = digest.toString('base64');
    const known = this.#known.get(cacheKey);
    const found =
      known ?? (token.startsWith(PREFIX) ? await this.#opened(digest) : await this.#signed(token));
    if (found === undefined || (found.expiresAt ?? 0) <= Date.now()) return undefined;
    if (known === undefined) this.#known.set(cacheKey, found);
    return found;
  }

  async #opened(digest: Buffer): Promise<Principal | undefined> {
    const row = await this.#store.viewers.byHandle(handleOf(digest));
    if (row === undefined || !isSameDigest(row.hash, digest)) return undefined;
    if (row.revoked_at !== null) return undefined;
    return principalOf({
      id: row.session_id,
      viewer: viewerIn(row.viewer),
      tenant: row,
      roles: row.roles.split(' '),
      subject: row.subject,
      expiresAt: row.expires_at,
    });
  }

  async #signed(token: string): Promise<Principal | undefined> {
    const viewerKeyId = keyIdOf(token);
    if (viewerKeyId === undefined) return undefined;
    const key = await this.#store.viewers.key(viewerKeyId);
    if (key === undefined || key.retired_at !== null) return undefined;
    const claims = await claimsOf(token, key);
    if (claims === undefined) return undefined;
    const { sub, name, email, jti, roles, subject = null, tenant_id, exp } = claims;
    const tenant = await this.#store.tenants.byId(key.project_no, tenant_id);
    if (tenant === undefined || (await this.#store.viewers.isDenied(viewerKeyId, jti))) {
      return undefined;
    }
    const viewer = { id: sub, ...(name ? { name } : {}), ...(email ? { email } : {}) };
    const expiresAt = exp * 1_000;
    const id = `${viewerKeyId}:${jti}`;
    return principalOf({ id, viewer, tenant, roles, subject, expiresAt });
  }

  /** Whether a token that was taken before would be still. */
  async isCurrent({ id, expiresAt }: Principal): Promise<boolean> {
    if ((expiresAt ?? 0) <= Date.now()) return false;
    const colon = id.indexOf(':');
    if (colon < 0) {
      const row = await this.#store.viewers.byId(id);
      return row !== undefined && row.revoked_at === null;
    }
    const [viewerKeyId, jti] = [id.slice(0, colon), id.slice(colon + 1)];
    const key = await this.#store.viewers.key(viewerKeyId);
    const isDenied = await this.#store.viewers.isDenied(viewerKeyId, jti);
    return key !== undefined && key.retired_at === null && !isDenied;
  }

  /** The answer is the only place where the token ever is. */
  async create(
    principal: Principal,
    asked: SessionAsked,
  ): Promise<ViewerSession & { token: string }> {
    const need = ROUTES.createViewerSession;
    const project = await this.#access.project(principal, asked.project, need);
    await this.#checkRoles(principal, project, asked.roles);
    checkSubject(asked.subject);
    if (principal.tenantId !== null && principal.tenantId !== asked.tenant_id) {
      throw new Fault('not_found', NO_TENANT);
    }
    const tenant = await this.#access.tenantToOpen(project, asked.tenant_id);
    const token = newSecret(PREFIX);
    const hash = digestOf(token);
    const now = Date.now();
    const { expires_in: seconds = SESSION_SECONDS.default } = asked;
    const end = now + seconds * 1_000;
    const row = {
      session_id: newId('vs_'),
      handle: handleOf(hash),
      hash,
      project_no: project.project_no,
      tenant_no: tenant.tenant_no,
      roles: [...new Set(asked.roles)].join(' '),
      subject: asked.subject ?? null,
      viewer: JSON.stringify(asked.viewer),
      created_by: principal.id,
      created_at: now,
      // A key that ends soon lets nobody in for longer.
      expires_at: Math.min(end, principal.expiresAt ?? end),
      revoked_at: null,
    };
    await this.#store.viewers.add(row);
    this.#tellOfSession(principal, row, 'annals.viewer_session.created');
    const { project: name } = project;
    return { ...describeSession({ ...row, project: name, tenant_id: tenant.tenant_id }), token };
  }

  #tellOfSession(
    principal: Principal,
    row: Omit<NamedSessionRow, 'project' | 'tenant_id'>,
    action: OwnAction,
  ): void {
    const place = { projectNo: row.project_no, tenantNo: row.tenant_no };
    this.#access.tell(principal, place, action, {
      targets: [
        { type: 'viewer_session', id: row.session_id },
        { type: 'user', ...viewerIn(row.viewer), role: 'related' },
      ],
      metadata: {
        roles: row.roles.split(' '),
        expires_at: formatInstant(row.expires_at),
        ...(row.subject === null ? {} : { subject: row.subject }),
      },
    });
  }

  #tellOfKey(
    principal: Principal,
    row: Omit<NamedViewerKeyRow, 'project'>,
    action: OwnAction,
    metadata: OwnTold['metadata'] = { algorithm: row.algorithm, roles: row.roles.split(' ') },
  ): void {
    const place = { projectNo: row.project_no, tenantNo: null };
    const targets = [{ type: 'viewer_key', id: row.viewer_key_id, name: row.label }];
    this.#access.tell(principal, place, action, { targets, metadata });
  }

  /** Nobody hands out more than they have, but for roles that right of theirs is about. */
  async #checkRoles(
    principal: Principal,
    project: ProjectRow,
    roles: readonly string[],
  ): Promise<void> {
    const compiled: Compiled | undefined = await this.#access.definitions.of(project);
    const unknown = roles.findIndex((role) => !compiled || !isViewerRole(compiled, role));
    if (unknown >= 0) {
      throw invalidBody(`/roles/${unknown}`, 'is no role of the project with `viewer: true`');
    }
    if (principal.scopes.size === 0) return;
    const { project_no: projectNo } = project;
    await this.#access.demand(principal, { scope: 'events:read', projectNo }, { project });
  }

  async list(
    principal: Principal,
    asked: { readonly project?: string; readonly tenant_id: string; readonly limit?: number },
  ): Promise<ViewerSession[]> {
    const need = ROUTES.listViewerSessions;
    const project = await this.#access.project(principal, asked.project, need);
    const tenant = await this.#access.tenantToRead(principal, project, asked.tenant_id, need);
    const rows = await this.#store.viewers.list(tenant.tenant_no, asked.limit ?? 100);
    return rows.map(describeSession);
  }

  async revoke(
    principal: Principal,
    sessionId: string,
    named: string | undefined,
  ): Promise<ViewerSession> {
    const missing = 'There is no such session.';
    const found = await this.#store.viewers.byId(sessionId);
    const row = await this.#own(principal, found, { named, missing });
    await this.#store.viewers.revoke(sessionId, Date.now());
    this.#known.clear();
    if (row.revoked_at === null) {
      this.#tellOfSession(principal, row, 'annals.viewer_session.revoked');
    }
    return describeSession((await this.#store.viewers.byId(sessionId)) ?? row);
  }

  /** What is there and the principal's; else as if it were not there. */
  async #own<Row extends { readonly project_no: number; readonly tenant_no?: number }>(
    principal: Principal,
    row: Row | undefined,
    { named, missing }: { readonly named: string | undefined; readonly missing: string },
  ): Promise<Row> {
    const need = ROUTES.revokeViewerSession;
    await this.#access.demand(principal, need);
    const project = named && (await this.#access.project(principal, named, need));
    const isOther = project && row && project.project_no !== row.project_no;
    if (row === undefined || isOther) throw new Fault('not_found', missing);
    const { project_no: projectNo, tenant_no: tenantNo } = row;
    const place = tenantNo === undefined ? { projectNo } : { projectNo, tenantNo };
    await this.#access.demand(principal, { ...need, ...place }, { missing });
    return row;
  }

  /** Keys are of a whole project, so those bound to a tenant have nothing to do with them. */
  async #projectOfKeys(principal: Principal, named: string | undefined): Promise<ProjectRow> {
    const project = await this.#access.project(principal, named, ROUTES.listViewerKeys);
    if (principal.tenantNo !== null) throw new Fault('not_found');
    return project;
  }

  async createKey(principal: Principal, asked: ViewerKeyAsked): Promise<ViewerKey> {
    const project = await this.#projectOfKeys(principal, asked.project);
    await this.#checkRoles(principal, project, asked.roles);
    const row = {
      viewer_key_id: newId('vk_'),
      project_no: project.project_no,
      label: asked.label,
      issuer: asked.issuer,
      algorithm: asked.algorithm,
      public_key: publicKeyText(asked.public_key, asked.algorithm),
      roles: [...new Set(asked.roles)].join(' '),
      tenants: asked.tenants === undefined ? null : JSON.stringify(asked.tenants),
      created_at: Date.now(),
      retired_at: null,
    };
    await this.#store.viewers.addKey(row);
    this.#tellOfKey(principal, row, 'annals.viewer_key.created');
    return describeKey({ ...row, project: project.project });
  }

  async listKeys(principal: Principal, named: string | undefined): Promise<ViewerKey[]> {
    const project = await this.#projectOfKeys(principal, named);
    return (await this.#store.viewers.keys(project.project_no)).map(describeKey);
  }

  async #key(principal: Principal, id: string, named: string | undefined) {
    const missing = 'There is no such key.';
    const row = await this.#own(principal, await this.#store.viewers.key(id), { named, missing });
    if (principal.tenantNo !== null) throw new Fault('not_found', missing);
    return row;
  }

  async retireKey(principal: Principal, id: string, named: string | undefined): Promise<ViewerKey> {
    const row = await this.#key(principal, id, named);
    const now = Date.now();
    await this.#store.viewers.retireKey(id, now);
    this.#known.clear();
    if (row.retired_at === null) this.#tellOfKey(principal, row, 'annals.viewer_key.retired');
    return describeKey({ ...row, retired_at: row.retired_at ?? now });
  }

  async deny(
    principal: Principal,
    id: string,
    { jti, project: named }: { readonly jti: string; readonly project?: string },
  ): Promise<{ jti: string; denied_until: string }> {
    const row = await this.#key(principal, id, named);
    const until = Date.now() + DENIED_MS;
    await this.#store.viewers.deny(id, jti, until);
    this.#known.clear();
    this.#tellOfKey(principal, row, 'annals.viewer_token.denied', { jti });
    return { jti, denied_until: formatInstant(until) };
  }

  /** Removes what has ended some time ago. */
  async prune(): Promise<void> {
    await this.#store.viewers.prune(Date.now() - ENDED_KEPT_MS);
  }
}

/** The kind of a subject is told by the view that it is used with. */
function checkSubject(text: string | undefined): void {
  if (text === undefined) return;
  try {
    subjectOf(text, 'actor');
  } catch {
    throw invalidBody('/subject', 'must be TYPE:ID, for example user:u-1');
  }
}

const principalOf = ({
  id,
  viewer,
  tenant,
  roles,
  subject,
  expiresAt,
}: {
  readonly id: string;
  readonly viewer: Viewer;
  readonly tenant: Pick<TenantRow, 'project_no' | 'tenant_no' | 'tenant_id'>;
  readonly roles: readonly string[];
  readonly subject: string | null;
  readonly expiresAt: number;
}): Principal => ({
  kind: 'viewer',
  id,
  actor: { type: 'user', ...viewer },
  projectNo: tenant.project_no,
  tenantNo: tenant.tenant_no,
  tenantId: tenant.tenant_id,
  scopes: new Set(),
  roles,
  expiresAt,
  subject,
});
