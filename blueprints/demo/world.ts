/**
 * The state of the demo's product while time passes: each tenant's projects and documents, who
 * works there today and under which name; and how a request becomes an event.
 */
import type { EventInput } from '@annals/contract/event';
import type { RecordKind } from './actions.ts';
import { type Calendar, createCalendar, MINUTE_MS } from './calendar.ts';
import {
  DOCUMENT_NAMES,
  type Person,
  type Program,
  SITES,
  SUPPORT_STAFF,
  TENANTS,
  type Tenant,
} from './cast.ts';
import { type Context, type Draft, eventOf } from './draft.ts';
import { createRandom, type Random } from './random.ts';

export type Targets = NonNullable<EventInput['targets']>;

const DOCUMENTS_EACH = 30;
/** New documents replace old ones beyond this, so a long demo takes no more memory. */
const DOCUMENTS_MOST = 600;
/** What a request brings with it comes so much later at most. */
const FOLLOWS_MS = MINUTE_MS;
/** Picks of a document before the list is looked through: most are there most of the time. */
const TRIES = 20;

export interface Named {
  readonly type: string;
  readonly id: string;
  readonly name: string;
}
interface Document extends Named {
  readonly project: Named;
  readonly fromMs: number;
  /** When it was last touched, as far as the events are made. */
  usedMs: number;
  untilMs: number;
}
interface Change {
  readonly atMs: number;
  readonly name: string;
  readonly email: string;
}

export interface World {
  readonly random: Random;
  /** Another source, for what is the same every day: it leaves what the first one makes alone. */
  readonly aside: Random;
  readonly calendar: Calendar;
  readonly tenants: readonly Tenant[];
  readonly support: readonly Person[];
  /** The people who are in the tenant at this moment. */
  present(tenant: Tenant, atMs: number): readonly Person[];
  /** By the part of the e-mail address before the @, which names a person in the cast. */
  person(tenant: Tenant, address: string): Person;
  actor(person: Person, atMs: number): EventInput['actor'];
  /** Whom somebody else acts for. */
  delegate(person: Person, atMs: number): NonNullable<EventInput['on_behalf_of']>[number];
  project(tenant: Tenant, name: string): Named;
  /** One of the documents that there are at this moment. */
  document(tenant: Tenant, atMs: number): Document;
  addDocument(tenant: Tenant, atMs: number): Document;
  /** One that nobody has touched later; from this moment on nobody does. */
  removeDocument(tenant: Tenant, atMs: number): Document;
  /** What a record of this kind names: itself, then its parent. A member is somebody else. */
  targets(tenant: Tenant, kind: RecordKind, atMs: number, actor?: Person): Targets;
  /** A person as a record: under the name of that moment. */
  member(person: Person, atMs: number): Targets;
  joins(person: Person, atMs: number): void;
  leaves(person: Person, atMs: number): void;
  renames(person: Person, change: Change): void;
}

export const documentTargets = (document: Named & { readonly project: Named }): Targets => [
  { type: document.type, id: document.id, name: document.name },
  { ...document.project, role: 'parent' },
];
export const workspaceTarget = (tenant: Tenant): Targets => [
  { type: 'workspace', id: `wsp_${tenant.id}`, name: tenant.name },
];

/** A document's pool, by tenant. */
const createLibrary = (random: Random, tenant: Tenant) => {
  const projects = tenant.projects.map(
    (name): Named => ({ type: 'project', id: `prj_${random.hex(8)}`, name }),
  );
  const make = (project: Named, fromMs: number): Document => ({
    type: 'document',
    id: `doc_${random.hex(10)}`,
    name: random.pick(DOCUMENT_NAMES).replace('{n}', String(random.integer(2, 48))),
    project,
    fromMs,
    usedMs: fromMs,
    untilMs: Number.POSITIVE_INFINITY,
  });
  const documents = projects.flatMap((project) =>
    Array.from({ length: DOCUMENTS_EACH }, () => make(project, Number.NEGATIVE_INFINITY)),
  );
  const isThere = ({ fromMs, untilMs }: Document, atMs: number) =>
    fromMs <= atMs && atMs + FOLLOWS_MS < untilMs;
  /** The scenes of a day are made in any order: one may have used it later that day. */
  const isIdle = (document: Document, atMs: number) =>
    isThere(document, atMs) && document.usedMs + FOLLOWS_MS < atMs;
  const find = (atMs: number, suits: typeof isThere): Document | undefined => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const found = random.pick(documents);
      if (suits(found, atMs)) return found;
    }
    return documents.find((document) => suits(document, atMs));
  };
  return {
    projects,
    pick(atMs: number): Document {
      const found = find(atMs, isThere) ?? this.add(atMs);
      found.usedMs = Math.max(found.usedMs, atMs);
      return found;
    },
    remove(atMs: number): Document {
      const found = find(atMs, isIdle) ?? make(random.pick(projects), atMs);
      found.untilMs = atMs;
      return found;
    },
    add(atMs: number): Document {
      const made = make(random.pick(projects), atMs);
      if (documents.length < DOCUMENTS_MOST) documents.push(made);
      else documents[random.integer(0, documents.length - 1)] = made;
      return made;
    },
  };
};

/** The records of these kinds live inside a document or beside it. */
const targetsOf = (
  random: Random,
  tenant: Tenant,
  library: ReturnType<typeof createLibrary>,
  kind: Exclude<RecordKind, 'member'>,
  atMs: number,
): Targets => {
  const document = library.pick(atMs);
  const parent = {
    type: 'document',
    id: document.id,
    name: document.name,
    role: 'parent',
  } as const;
  switch (kind) {
    case 'document':
      return documentTargets(document);
    case 'comment':
      return [{ type: 'comment', id: `cmt_${random.hex(10)}` }, parent];
    case 'version':
      return [{ type: 'version', id: `ver_${random.hex(10)}`, name: 'Earlier version' }, parent];
    case 'task': {
      const place = random.integer(0, library.projects.length - 1);
      const number = random.integer(1, 400);
      const project = library.projects[place] ?? document.project;
      return [
        { type: 'task', id: `tsk_${place + 1}_${number}`, name: `Task ${place + 1}/${number}` },
        { ...project, role: 'parent' },
      ];
    }
    case 'project':
      return [random.pick(library.projects)];
    case 'workspace':
      return workspaceTarget(tenant);
    case 'webhook':
    case 'report':
    case 'invoice': {
      const number = random.integer(1, 40);
      const made = { type: kind, id: `${kind}_${number}`, name: `${kind} ${number}` };
      return [made, ...workspaceTarget(tenant).map((one) => ({ ...one, role: 'parent' as const }))];
    }
  }
};

export const createWorld = (seed: number, nowMs: number): World => {
  const random = createRandom(seed);
  const libraries = new Map(TENANTS.map((tenant) => [tenant.id, createLibrary(random, tenant)]));
  const joined = new Map<string, number>();
  const left = new Map<string, number>();
  const renamed = new Map<string, Change>();
  const library = (tenant: Tenant) => {
    const found = libraries.get(tenant.id);
    if (found === undefined) throw new RangeError(`no tenant ${tenant.id} in the demo`);
    return found;
  };
  const present = (tenant: Tenant, atMs: number): Person[] =>
    tenant.people.filter(
      ({ id }) =>
        (joined.get(id) ?? Number.NEGATIVE_INFINITY) <= atMs &&
        atMs < (left.get(id) ?? Number.POSITIVE_INFINITY),
    );
  const named = (person: Person, atMs: number): Pick<Person, 'name' | 'email'> => {
    const change = renamed.get(person.id);
    const { name, email } = change !== undefined && change.atMs <= atMs ? change : person;
    return { name, email };
  };
  const member = (person: Person, atMs: number): Targets => [
    { type: 'member', id: person.id, ...named(person, atMs) },
  ];
  return {
    random,
    aside: createRandom(seed + 1),
    calendar: createCalendar(nowMs),
    tenants: TENANTS,
    support: SUPPORT_STAFF,
    present,
    member,
    person(tenant, address) {
      const everybody = [...tenant.people, ...tenant.visitors];
      const found = everybody.find(({ email }) => email.startsWith(`${address}@`));
      if (found === undefined) throw new RangeError(`no ${address} in ${tenant.id}`);
      return found;
    },
    actor: (person, atMs) => ({
      type: 'user',
      id: person.id,
      ...named(person, atMs),
      roles: [...person.roles],
    }),
    delegate: (person, atMs) => ({ type: 'user', id: person.id, ...named(person, atMs) }),
    project(tenant, name) {
      const found = library(tenant).projects.find((project) => project.name === name);
      if (found === undefined) throw new RangeError(`no project ${name} in ${tenant.id}`);
      return found;
    },
    document: (tenant, atMs) => library(tenant).pick(atMs),
    addDocument: (tenant, atMs) => library(tenant).add(atMs),
    removeDocument: (tenant, atMs) => library(tenant).remove(atMs),
    targets(tenant, kind, atMs, actor) {
      if (kind !== 'member') return targetsOf(random, tenant, library(tenant), kind, atMs);
      const others = present(tenant, atMs).filter((person) => person !== actor);
      return member(random.pick(others), atMs);
    },
    joins: (person, atMs) => joined.set(person.id, atMs),
    leaves: (person, atMs) => left.set(person.id, atMs),
    renames: (person, change) => renamed.set(person.id, change),
  };
};

export const programActor = ({ type, id, name }: Program): EventInput['actor'] => ({
  type,
  id,
  name,
});

/** What the events of one request share. */
export const requestContext = (world: World, base: Context): Context => ({
  ...base,
  request_id: `req_${world.random.hex(12)}`,
  trace_id: world.random.hex(32),
});
export const personContext = (person: Person, session: string, onPhone = false): Context => ({
  ip: person.ip,
  user_agent: onPhone ? person.phone : person.userAgent,
  location: person.site.location,
  session_id: session,
});
export const programContext = (tenant: Tenant, program: Program): Context => ({
  ip: program.ip,
  user_agent: program.userAgent,
  location:
    Object.values(SITES).find(({ zone }) => zone === tenant.zone)?.location ?? tenant.region,
});

export const record = (world: World, tenant: Tenant, atMs: number, draft: Draft): EventInput =>
  eventOf(world.random, tenant.id, atMs, draft);
export const SYSTEM: EventInput['actor'] = { type: 'system', id: 'works', name: 'Acme Works' };
