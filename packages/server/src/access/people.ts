/**
 * People as they are administered: invited, given memberships, removed, signed out. Every method
 * asks for the right first. Nobody gives, or takes over, more than they have; memberships at
 * places of others are as if they did not exist, and so is whether an e-mail is known here.
 */
import type { OwnAction, OwnTold } from '@annals/contract/own-events';
import { PEOPLE_LIMITS } from '@annals/contract/people';
import {
  type Membership,
  type NewMembership,
  type OneTimeLink,
  type PersonSession,
  ROUTES,
  type Person as ToldPerson,
} from '@annals/contract/routes';
import { formatInstant } from '@annals/contract/time';
import { Fault, invalidBody } from '../fault.ts';
import type {
  LinkRow,
  MembershipRow,
  NamedMembershipRow,
  PersonRow,
  PlaceFilter,
  ProjectRow,
  Store,
  TenantRow,
} from '../store/store.ts';
import type { Rights } from './administration.ts';
import { type Need, NO_PROJECT, NO_TENANT, type Principal } from './decide.ts';
import { checkRoles, demandRoles, demandScopes } from './giving.ts';
import { type Persons, rolesIn } from './persons.ts';
import { digestOf, handleOf, isSameDigest, newId, newSecret } from './tokens.ts';

/** What a one-time link is for, and how long it may be used, in ms. */
export const LINK_MS = {
  /** To become the first person. */
  setup: 24 * 3_600_000,
  /** To accept an invitation: long enough for a week away. */
  join: 7 * 24 * 3_600_000,
  /** To set a new password: whoever asked for it waits. */
  reset: 24 * 3_600_000,
} as const;
export type LinkPurpose = keyof typeof LINK_MS;

const LINK_PREFIX = 'anl_';
/** People of one list. */
const LIST_MOST = 500;
const NO_PERSON = 'There is no such person.';
/** What the first person's membership was made by. */
export const BY_SETUP = 'setup';

/** The place of a request: an administrator of several names it. */
export interface PeopleAsked {
  readonly project?: string;
  readonly tenant_id?: string;
}
interface PeoplePlace extends PlaceFilter {
  readonly project?: ProjectRow;
  readonly tenant?: TenantRow;
}
interface Parts {
  readonly store: Store;
  readonly access: Rights;
  readonly persons: Persons;
}

const isAt = (row: MembershipRow, { projectNo, tenantNo }: PlaceFilter): boolean =>
  (projectNo === undefined || row.project_no === projectNo) &&
  (tenantNo === undefined || row.tenant_no === tenantNo);
const isSamePlace = (one: MembershipRow, other: MembershipRow): boolean =>
  one.project_no === other.project_no && one.tenant_no === other.tenant_no;

const describeMembership = (row: NamedMembershipRow): Membership => ({
  project: row.project,
  tenant_id: row.tenant_id,
  owner: row.project_no === null,
  roles: rolesIn(row.roles),
  accepted: row.accepted_at !== null,
});

export class People {
  readonly #store: Store;
  readonly #access: Rights;
  readonly #persons: Persons;

  constructor({ store, access, persons }: Parts) {
    this.#store = store;
    this.#access = access;
    this.#persons = persons;
  }

  /** The widest place of the principal within the one that is named. */
  async #place(principal: Principal, asked: PeopleAsked, need: Need): Promise<PeoplePlace> {
    await this.#access.demand(principal, need);
    const isAnywhere = asked.project === undefined && asked.tenant_id === undefined;
    if (principal.projectNo === null && isAnywhere) return {};
    const project = await this.#access.project(principal, asked.project, need);
    const tenantId = asked.tenant_id ?? principal.tenantId ?? undefined;
    const place = { project, projectNo: project.project_no };
    if (tenantId === undefined) return place;
    const tenant = await this.#access.tenantToRead(principal, project, tenantId, need);
    return { ...place, tenant, tenantNo: tenant.tenant_no };
  }

  /** By e-mail, behind one of them. */
  async list(
    principal: Principal,
    { after = '', limit = LIST_MOST, ...asked }: PeopleAsked & { after?: string; limit?: number },
  ): Promise<ToldPerson[]> {
    const place = await this.#place(principal, asked, ROUTES.listPeople);
    const { people, memberships } = await this.#store.people.list(place, after, limit);
    const lastSeen = await this.#store.signIns.lastSeen(people.map(({ id }) => id));
    const byPerson = Map.groupBy(memberships, (row) => row.person_id);
    return people.map((row) => describe(row, byPerson.get(row.id) ?? [], lastSeen.get(row.id)));
  }

  async #told(person: PersonRow, place: PeoplePlace): Promise<ToldPerson> {
    const rows = await this.#store.people.memberships(person.id);
    const lastSeen = await this.#store.signIns.lastSeen([person.id]);
    const here = rows.filter((row) => isAt(row, place));
    return describe(person, here, lastSeen.get(person.id));
  }

  /** The answer is the same whether or not the e-mail is known; it alone holds the link. */
  async invite(
    principal: Principal,
    asked: PeopleAsked & { readonly email: string; readonly memberships: readonly NewMembership[] },
  ): Promise<{ person: ToldPerson; link: OneTimeLink }> {
    const place = await this.#place(principal, asked, ROUTES.invitePerson);
    const now = Date.now();
    const given = await this.#given(principal, place, asked.memberships);
    const person = await this.#store.people.keep(newId('person_'), asked.email.toLowerCase(), now);
    const before = await this.#store.people.memberships(person.id);
    const isThere = before.some(
      (row) => row.accepted_at !== null && given.some((one) => isSamePlace(one, row)),
    );
    if (isThere) throw invalidBody('/email', 'is somebody here: change the memberships instead');
    checkCount([...before.filter((row) => !given.some((one) => isSamePlace(one, row))), ...given]);
    const { link, row: link_ } = newLink('join', person.id, principal.id);
    await this.#store.people.addLink(link_);
    await this.#store.people.give(
      given.map((row) => ({ ...row, person_id: person.id, link_id: link_.link_id })),
    );
    this.#tellAll(principal, person, given, 'annals.person.invited');
    return { person: await this.#told(person, place), link };
  }

  /** Memberships as rows, all of which the principal may give at the place. */
  async #given(
    principal: Principal,
    place: PeoplePlace,
    asked: readonly NewMembership[],
    before: readonly MembershipRow[] = [],
  ): Promise<NamedMembershipRow[]> {
    const rows: NamedMembershipRow[] = [];
    for (const [index, one] of asked.entries()) {
      const path = `/memberships/${index}`;
      const row = await this.#row(principal, place, one, path);
      if (rows.some((other) => isSamePlace(other, row))) {
        throw invalidBody(path, 'names the same place as another one');
      }
      const known = before.find((other) => isSamePlace(other, row));
      const had = new Set(known ? rolesIn(known.roles) : []);
      const added = rolesIn(row.roles).filter((role) => !had.has(role));
      if (row.project_no === null) {
        if (known === undefined) await demandScopes(this.#access, principal);
      } else {
        await demandRoles(this.#access, principal, row.project_no, added);
      }
      rows.push(row);
    }
    return rows;
  }

  async #row(
    principal: Principal,
    place: PeoplePlace,
    { project: name, tenant_id, roles = [], owner = false }: NewMembership,
    path: string,
  ): Promise<NamedMembershipRow> {
    const fresh = {
      ...{ person_id: '', link_id: null, accepted_at: null },
      ...{ created_by: principal.id, created_at: Date.now() },
    };
    if (owner) {
      const isBare = roles.length === 0 && name === undefined && tenant_id === undefined;
      if (!isBare) throw invalidBody(path, 'an owner has no roles, project or tenant');
      if (place.project) throw invalidBody(path, 'an owner is of no one project');
      if (principal.projectNo !== null) {
        throw new Fault('forbidden', 'Owners are made by owners alone.');
      }
      const nowhere = { project_no: null, tenant_no: null, project: null, tenant_id: null };
      return { ...fresh, ...nowhere, roles: '' };
    }
    if (roles.length === 0) throw invalidBody(`${path}/roles`, 'must name a role');
    const need = ROUTES.invitePerson;
    const project = await this.#access.project(principal, name ?? place.project?.project, need);
    if (place.project && project.project_no !== place.project.project_no) {
      throw new Fault('not_found', NO_PROJECT);
    }
    await checkRoles(this.#access, project, roles, `${path}/roles`);
    const tenantId = tenant_id ?? place.tenant?.tenant_id;
    if (place.tenant && tenantId !== place.tenant.tenant_id) {
      throw new Fault('not_found', NO_TENANT);
    }
    const tenant =
      tenantId === undefined
        ? undefined
        : await this.#access.tenantToRead(principal, project, tenantId, need);
    return {
      ...fresh,
      project_no: project.project_no,
      tenant_no: tenant?.tenant_no ?? null,
      roles: [...new Set(roles)].join(' '),
      project: project.project,
      tenant_id: tenant?.tenant_id ?? null,
    };
  }

  /** Puts memberships in place of all of the person's at the place. */
  async put(
    principal: Principal,
    personId: string,
    asked: PeopleAsked & { readonly memberships: readonly NewMembership[] },
  ): Promise<ToldPerson> {
    const place = await this.#place(principal, asked, ROUTES.putPerson);
    const { person, all, here } = await this.#find(personId, place);
    const given = await this.#given(principal, place, asked.memberships, here);
    checkCount([...all.filter((row) => !isAt(row, place)), ...given]);
    const waits = here.every((row) => row.accepted_at === null) ? here[0] : undefined;
    const now = Date.now();
    const rows = given.map((row) => {
      const before = here.find((other) => isSamePlace(other, row));
      const { accepted_at, link_id } = before ?? waits ?? { accepted_at: now, link_id: null };
      return { ...row, person_id: person.id, accepted_at, link_id };
    });
    await this.#store.people.replace(person.id, place, rows);
    this.#persons.forget();
    this.#tellChange(principal, person, here, rows);
    return await this.#told(person, place);
  }

  async #find(personId: string, place: PeoplePlace) {
    const person = await this.#store.people.byId(personId);
    const all = person ? await this.#store.people.memberships(personId) : [];
    const here = all.filter((row) => isAt(row, place));
    if (person === undefined || here.length === 0) throw new Fault('not_found', NO_PERSON);
    return { person, all, here };
  }

  /** Takes every membership at the place away; who has none left is gone, with all sessions. */
  async remove(principal: Principal, personId: string, asked: PeopleAsked): Promise<void> {
    const place = await this.#place(principal, asked, ROUTES.removePerson);
    const { person, all, here } = await this.#find(personId, place);
    await this.#store.people.replace(person.id, place, []);
    if (all.length === here.length) await this.#store.people.remove(person.id);
    this.#persons.forget();
    this.#tellAll(principal, person, here, 'annals.person.removed');
  }

  /** A link that sets a new password. Throws `forbidden` if the person has more elsewhere. */
  async reset(principal: Principal, personId: string, asked: PeopleAsked): Promise<OneTimeLink> {
    const place = await this.#place(principal, asked, ROUTES.resetPerson);
    const { person, here } = await this.#whole(principal, personId, place);
    // Whoever takes over an account has what it has.
    for (const row of here) {
      if (row.project_no === null) await demandScopes(this.#access, principal);
      else await demandRoles(this.#access, principal, row.project_no, rolesIn(row.roles));
    }
    const { link, row } = newLink('reset', person.id, principal.id);
    await this.#store.people.addLink(row);
    this.#tellAll(principal, person, here, 'annals.person.reset');
    return link;
  }

  /** Throws `forbidden` for people who have accepted more than the place: that is not its own. */
  async #whole(principal: Principal, personId: string, place: PeoplePlace) {
    const found = await this.#find(personId, place);
    // Else it could be told from the answer whether an e-mail is known here.
    if (found.here.every((row) => row.accepted_at === null)) {
      throw new Fault('forbidden', 'This person has not accepted an invitation yet.');
    }
    const reach: PlaceFilter = {
      ...(principal.projectNo === null ? {} : { projectNo: principal.projectNo }),
      ...(principal.tenantNo === null ? {} : { tenantNo: principal.tenantNo }),
    };
    if (!found.all.every((row) => isAt(row, reach))) {
      throw new Fault('forbidden', 'This person is somewhere else, too. Ask an administrator.');
    }
    return { ...found, here: found.all };
  }

  async sessions(
    principal: Principal,
    personId: string,
    asked: PeopleAsked,
  ): Promise<PersonSession[]> {
    const place = await this.#place(principal, asked, ROUTES.listPersonSessions);
    const { person } = await this.#whole(principal, personId, place);
    return await this.#persons.sessions(person.id, principal.session);
  }

  async endSessions(principal: Principal, personId: string, asked: PeopleAsked): Promise<void> {
    const place = await this.#place(principal, asked, ROUTES.endPersonSessions);
    const { person, here } = await this.#whole(principal, personId, place);
    await this.#persons.endAll(person.id);
    this.#tellAll(principal, person, here, 'annals.person.sessions_ended');
  }

  /** A link for the first person; undefined: there is somebody. The answer alone holds it. */
  async setupLink(): Promise<string | undefined> {
    if (await this.#store.people.hasAny()) return undefined;
    const { link, row } = newLink('setup', null, BY_SETUP);
    await this.#store.people.addLink(row);
    return link.path;
  }

  /** The link of a token; undefined if there is none, or its time is over. Does not use it up. */
  async linkOf(token: string, purpose: LinkPurpose): Promise<LinkRow | undefined> {
    const digest = digestOf(token);
    const row = await this.#store.people.linkByHandle(handleOf(digest));
    if (row === undefined || !isSameDigest(row.hash, digest)) return undefined;
    return row.purpose === purpose && row.expires_at > Date.now() ? row : undefined;
  }

  /** Records what somebody did about the own sign-in, wherever they have a seat. */
  async tellOf(
    personId: string,
    request: Principal['request'],
    action: OwnAction,
    told: OwnTold = {},
  ): Promise<void> {
    const person = await this.#store.people.byId(personId);
    if (person === undefined) return;
    const rows = await this.#store.people.memberships(personId);
    const { id, name, email } = person;
    const places = rows
      .filter((row) => row.accepted_at !== null)
      .map((row) => ({ projectNo: row.project_no, tenantNo: row.tenant_no }));
    const nowhere = { projectNo: null, tenantNo: null };
    for (const place of places.length > 0 ? places : [nowhere]) {
      const type = place.tenantNo === null ? 'support' : 'user';
      const actor = { type, id, name: name || email, email } as const;
      const doer = { kind: 'person', actor, ...(request ? { request } : {}) } as const;
      this.#access.tell(doer, place, action, told);
    }
  }

  /** Removes what has run out. */
  async prune(): Promise<void> {
    const now = Date.now();
    await this.#store.people.prune(now);
    await this.#store.signIns.prune(now);
  }

  #tellAll(
    principal: Principal,
    person: PersonRow,
    rows: readonly MembershipRow[],
    action: OwnAction,
  ): void {
    for (const row of rows) {
      const metadata = row.project_no === null ? { owner: true } : { roles: rolesIn(row.roles) };
      this.#tell(principal, person, row, action, { metadata });
    }
  }

  #tellChange(
    principal: Principal,
    person: PersonRow,
    before: readonly MembershipRow[],
    after: readonly MembershipRow[],
  ): void {
    const gone = before.filter((row) => !after.some((other) => isSamePlace(other, row)));
    this.#tellAll(principal, person, gone, 'annals.person.removed');
    for (const row of after) {
      const known = before.find((other) => isSamePlace(other, row));
      if (known?.roles === row.roles) continue;
      const was = known === undefined ? null : rolesIn(known.roles);
      const changes = [{ path: '/roles', before: was, after: rolesIn(row.roles) }];
      this.#tell(principal, person, row, 'annals.person.changed', { changes });
    }
  }

  #tell(
    principal: Principal,
    { id, email, name }: PersonRow,
    row: MembershipRow,
    action: OwnAction,
    told: OwnTold,
  ): void {
    const place = { projectNo: row.project_no, tenantNo: row.tenant_no };
    const target = { type: 'user', id, email, ...(name === '' ? {} : { name }) };
    this.#access.tell(principal, place, action, { targets: [target], ...told });
  }
}

function describe(
  person: PersonRow,
  here: readonly NamedMembershipRow[],
  lastSeen: number | undefined,
): ToldPerson {
  // Before that, whoever invited must not learn whether the e-mail is known.
  const isIn = here.some((row) => row.accepted_at !== null);
  return {
    person_id: person.id,
    email: person.email,
    name: isIn ? person.name : null,
    two_factor: isIn ? person.hasTwoFactor : null,
    last_seen_at: isIn && lastSeen !== undefined ? formatInstant(lastSeen) : null,
    memberships: here.map(describeMembership),
  };
}

function newLink(purpose: LinkPurpose, personId: string | null, by: string) {
  const token = newSecret(LINK_PREFIX);
  const hash = digestOf(token);
  const now = Date.now();
  const expiresAt = now + LINK_MS[purpose];
  const row: LinkRow = {
    link_id: newId('link_'),
    handle: handleOf(hash),
    hash,
    purpose,
    person_id: personId,
    created_by: by,
    created_at: now,
    expires_at: expiresAt,
  };
  const link = { path: `/${purpose}#${token}`, token, expires_at: formatInstant(expiresAt) };
  return { link, row };
}

function checkCount(rows: readonly MembershipRow[]): void {
  if (rows.length <= PEOPLE_LIMITS.memberships) return;
  throw invalidBody('/memberships', `a person has at most ${PEOPLE_LIMITS.memberships}`);
}
