/**
 * API keys: random, shown once, kept as SHA-256. A key is found by the first digits of its hash
 * and accepted only if the whole hash agrees, compared in constant time.
 */
import { randomUUID } from 'node:crypto';
import { type Key, SCOPES, type Scope } from '@annals/contract/routes';
import { formatInstant, instantOrNull } from '@annals/contract/time';
import { keptOf } from '../kept.ts';
import type { KeyRow, NamedKeyRow, Store } from '../store/store.ts';
import type { Principal } from './decide.ts';
import { digestOf, handleOf, isSameDigest, newId, newSecret } from './tokens.ts';

const PREFIX = 'ann_';
const HINT_CHARACTERS = 8;
/** A revocation on another server takes effect within this time, in ms. */
const PRINCIPAL_KEPT_MS = 5_000;
const PRINCIPALS_KEPT = 10_000;

export interface NewKey {
  readonly label: string;
  readonly scopes: readonly Scope[];
  /** In place of scopes. */
  readonly roles: readonly string[];
  readonly projectNo: number | null;
  readonly tenantNo: number | null;
  readonly expiresAt: number | null;
}

const isExpired = (expiresAt: number | null): boolean =>
  expiresAt !== null && expiresAt <= Date.now();
const scopesOf = (text: string): Scope[] => {
  const names = new Set(text.split(' '));
  return SCOPES.filter((scope) => names.has(scope));
};

const rolesOf = (text: string): string[] => (text === '' ? [] : text.split(' '));

export const describeKey = (row: NamedKeyRow): Key => ({
  key_id: row.key_id,
  label: row.label,
  hint: row.hint,
  project: row.project,
  tenant_id: row.tenant_id,
  scopes: scopesOf(row.scopes),
  roles: rolesOf(row.roles),
  created_at: formatInstant(row.created_at),
  expires_at: instantOrNull(row.expires_at),
  revoked_at: instantOrNull(row.revoked_at),
});

const rowOf = (secret: string, key: NewKey, keyId: string): KeyRow => {
  const digested = digestOf(secret);
  return {
    key_id: keyId,
    handle: handleOf(digested),
    hash: digested,
    hint: secret.slice(0, HINT_CHARACTERS),
    label: key.label,
    project_no: key.projectNo,
    tenant_no: key.tenantNo,
    scopes: key.scopes.join(' '),
    roles: key.roles.join(' '),
    created_at: Date.now(),
    expires_at: key.expiresAt,
    revoked_at: null,
  };
};

export class KeyRing {
  readonly #store: Store;
  readonly #known = keptOf<string, Principal>({
    most: PRINCIPALS_KEPT,
    ttl: PRINCIPAL_KEPT_MS,
  });

  constructor(store: Store) {
    this.#store = store;
  }

  /** Who holds this key; undefined if nobody does, or it is revoked or expired. */
  async authenticate(secret: string): Promise<Principal | undefined> {
    const digested = digestOf(secret);
    const cacheKey = digested.toString('base64');
    const known = this.#known.get(cacheKey);
    if (known) return isExpired(known.expiresAt) ? undefined : known;
    const row = await this.#store.keys.byHandle(handleOf(digested));
    if (row === undefined || !isSameDigest(row.hash, digested)) return undefined;
    if (row.revoked_at !== null || isExpired(row.expires_at)) return undefined;
    const principal: Principal = {
      kind: 'key',
      id: row.key_id,
      actor: { type: 'api_key', id: row.key_id, name: row.label },
      projectNo: row.project_no,
      tenantNo: row.tenant_no,
      tenantId: row.tenant_id,
      scopes: new Set(scopesOf(row.scopes)),
      roles: rolesOf(row.roles),
      expiresAt: row.expires_at,
      subject: null,
    };
    this.#known.set(cacheKey, principal);
    return principal;
  }

  /** Whether a key that was accepted before would be still. */
  async isCurrent(keyId: string): Promise<boolean> {
    const row = await this.#store.keys.byId(keyId);
    return row !== undefined && row.revoked_at === null && !isExpired(row.expires_at);
  }

  /** Makes a key; the answer is the only place where its secret ever is. */
  async create(key: NewKey): Promise<{ secret: string; row: NamedKeyRow }> {
    const secret = newSecret(PREFIX);
    const keyId = newId('key_');
    await this.#store.keys.add(rowOf(secret, key, keyId));
    const row = await this.#store.keys.byId(keyId);
    if (row === undefined) throw new Error('a key just made is not there');
    return { secret, row };
  }

  /** Keeps the instance's admin key: a given secret replaces the one of before. */
  async keepAdmin(given: string | undefined): Promise<string | undefined> {
    const admins = await this.#store.keys.list(null);
    const active = admins.filter((row) => row.revoked_at === null);
    const digested = given === undefined ? undefined : digestOf(given);
    if (digested === undefined && active.length > 0) return undefined;
    if (digested && active.some((row) => isSameDigest(row.hash, digested))) return undefined;
    const secret = given ?? newSecret(PREFIX);
    const key: NewKey = {
      label: 'Instance admin',
      scopes: SCOPES,
      roles: [],
      projectNo: null,
      tenantNo: null,
      expiresAt: null,
    };
    // Servers that start on an empty database at once propose the same id: one of them wins.
    const mark = given === undefined ? admins.length : randomUUID().slice(0, 8);
    const keyId = `key_admin_${mark}`;
    // A key that was the admin's before is there already, revoked, and nothing is added.
    await this.#store.keys.add(rowOf(secret, key, keyId));
    const kept = await this.#store.keys.byHandle(handleOf(digestOf(secret)));
    if (kept === undefined && given === undefined) return undefined;
    if (kept === undefined || kept.project_no !== null) {
      throw new Error('ANNALS_ADMIN_KEY is the key of a project. Choose another one.');
    }
    await this.#store.keys.restore(kept.key_id);
    for (const row of active) await this.#store.keys.revoke(row.key_id, Date.now());
    return given === undefined ? secret : undefined;
  }

  async revoke(keyId: string): Promise<void> {
    await this.#store.keys.revoke(keyId, Date.now());
    this.#known.clear();
  }
}
