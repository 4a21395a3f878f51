/**
 * People who are signed in: a session is found by the hash of its token, moves on while it is
 * used, and ends. Owns sessions; how one begins is not told here.
 */
import type { PersonSession } from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import { Fault } from '../fault.ts';
import { keptOf } from '../kept.ts';
import type { NamedMembershipRow, PersonSessionRow, Store } from '../store/store.ts';
import type { Principal } from './decide.ts';
import { isOwner, type Person, type PersonSeat, principalAt } from './seats.ts';
import { digestOf } from './tokens.ts';

/** How long a session lasts, in ms: unused, and at all. */
export interface SessionLimits {
  readonly idleMs: number;
  readonly mostMs: number;
}

/** A revocation on another server takes effect within this time, in ms. */
const KEPT_MS = 5_000;
/** About 2 KB each. */
const PERSONS_KEPT = 5_000;
/** A session in use is written down so often, in ms: more would be a write a request. */
const TOUCH_MS = 5 * 60_000;

export const rolesIn = (text: string): string[] => (text === '' ? [] : text.split(' '));

const seatOf = (row: NamedMembershipRow): PersonSeat => ({
  project: row.project,
  projectNo: row.project_no,
  tenantId: row.tenant_id,
  tenantNo: row.tenant_no,
  roles: rolesIn(row.roles),
});

/** What of the memberships may be used. Without roles only owners may do anything. */
const seatsOf = (rows: readonly NamedMembershipRow[]): PersonSeat[] =>
  rows
    .filter((row) => row.accepted_at !== null)
    .map(seatOf)
    .filter((seat) => isOwner(seat) || seat.roles.length > 0);

const describe = (row: PersonSessionRow, current: string | undefined): PersonSession => ({
  session_id: row.sessionId,
  current: row.sessionId === current,
  created_at: formatInstant(row.createdAt),
  last_seen_at: formatInstant(row.seenAt),
  expires_at: formatInstant(row.expiresAt),
  ip: row.ip,
  user_agent: row.userAgent,
});

export class Persons {
  readonly #store: Store;
  readonly #limits: SessionLimits;
  readonly #known = keptOf<string, Person>({ most: PERSONS_KEPT, ttl: KEPT_MS });

  constructor(store: Store, limits: SessionLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  /** Who is signed in by this token; undefined if nobody is, or not any more. */
  async authenticate(token: string): Promise<Person | undefined> {
    const hash = digestOf(token).toString('hex');
    const known = this.#known.get(hash);
    if (known) return known.endsAt > Date.now() ? known : undefined;
    const session = await this.#store.signIns.byHash(hash);
    if (session === undefined || this.#endOf(session) <= Date.now()) return undefined;
    const row = await this.#store.people.byId(session.personId);
    if (row === undefined) return undefined;
    const person: Person = {
      kind: 'person',
      id: row.id,
      sessionId: session.sessionId,
      name: row.name,
      email: row.email,
      hasTwoFactor: row.hasTwoFactor,
      endsAt: await this.#moveOn(session),
      seats: seatsOf(await this.#store.people.memberships(row.id)),
    };
    this.#known.set(hash, person);
    return person;
  }

  /** The stored end, or the last moment that any session may have. */
  #endOf({ expiresAt, createdAt }: PersonSessionRow): number {
    return Math.min(expiresAt, createdAt + this.#limits.mostMs);
  }

  /** Moves the end of a session that is used; answers it. */
  async #moveOn(session: PersonSessionRow): Promise<number> {
    const now = Date.now();
    if (now - session.seenAt < TOUCH_MS) return this.#endOf(session);
    const end = Math.min(now + this.#limits.idleMs, session.createdAt + this.#limits.mostMs);
    await this.#store.signIns.touch(session.sessionId, now, end);
    return end;
  }

  /** Whether somebody who asked before is still signed in, with the same seat. */
  async isCurrent({ id, session, projectNo, tenantNo, roles }: Principal): Promise<boolean> {
    const row = session === undefined ? undefined : await this.#store.signIns.byId(session);
    if (row === undefined || row.personId !== id || this.#endOf(row) <= Date.now()) return false;
    const seats = seatsOf(await this.#store.people.memberships(id));
    return seats.some(
      (seat) =>
        seat.projectNo === projectNo &&
        seat.tenantNo === tenantNo &&
        seat.roles.join(' ') === roles.join(' '),
    );
  }

  /** Somebody at a seat that they had before, with the roles of now; undefined: they lost it. */
  async again({ id, projectNo, tenantNo }: Principal): Promise<Principal | undefined> {
    const row = await this.#store.people.byId(id);
    if (row === undefined) return undefined;
    const seats = seatsOf(await this.#store.people.memberships(id));
    const seat = seats.find((one) => one.projectNo === projectNo && one.tenantNo === tenantNo);
    if (seat === undefined) return undefined;
    return principalAt(row, seat);
  }

  /** What was kept of anybody may be old. */
  forget(): void {
    this.#known.clear();
  }

  /** Of a person, the newest first; those that are over are left out. */
  async sessions(personId: string, current?: string): Promise<PersonSession[]> {
    const rows = await this.#store.signIns.sessions(personId);
    const now = Date.now();
    return rows.filter((row) => this.#endOf(row) > now).map((row) => describe(row, current));
  }

  /** Throws `not_found` if the person has no such session. */
  async end(personId: string, sessionId: string): Promise<void> {
    const isEnded = await this.#store.signIns.end(personId, sessionId);
    this.forget();
    if (!isEnded) throw new Fault('not_found', 'There is no such session.');
  }

  /** Ends all of a person, but one if it is named. */
  async endAll(personId: string, but?: string): Promise<void> {
    await this.#store.signIns.endAll(personId, but);
    this.forget();
  }
}
