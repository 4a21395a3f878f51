/** Events as a view shows them, as what a person did; and counted by person and hour. Pure. */
import type { ReadEvent } from '@annals/contract/event';
import { networkOf } from '@annals/contract/ip';
import { kindEvent } from '@annals/contract/kinds';
import { nameOf } from '@annals/contract/values';
import { projectorOf, type View } from '@annals/contract/view';
import { Failures, RULES, type Run, type Seen } from './rules.ts';

const HOUR_MS = 3_600_000;
/** A longer id is in no key of PostgreSQL, in bytes; real ones are shorter by far. */
const PERSON_BYTES = 512;
/** Actions, and networks, of one person. */
export const VALUES_MOST = 200;
const PROBE = 'probe';
const OPERATIONS: ReadonlySet<string> = new Set(RULES.newAction.operations);
const UNDONE: ReadonlySet<string> = new Set(['failure', 'denied']);

/** What a person did, as far as the rules look. */
export interface Deed {
  /** `TYPE:ID`. */
  readonly person: string;
  readonly name: string | undefined;
  readonly at: number;
  readonly action: string;
  readonly operation: string | undefined;
  readonly isDone: boolean;
  readonly network: string | undefined;
}

export const personText = (type: string, id: string): string => `${type}:${id}`;
export function personOf(text: string): { type: string; id: string } {
  const colon = text.indexOf(':');
  return { type: text.slice(0, colon), id: text.slice(colon + 1) };
}

/** Whether a view tells who did something. */
export function showsPersons(view: View): boolean {
  if (!view.hasPersonal) return false;
  const probe = kindEvent({ action: PROBE, actor: { type: 'user', id: PROBE } });
  return projectorOf({ ...view, rows: [], subject: undefined })(probe)?.actor.id === PROBE;
}

/** Undefined: no person did it, or the view does not tell who, or it was erased. */
export function deedOf(event: ReadEvent, persons: readonly string[]): Deed | undefined {
  const { actor, action, operation, outcome, context } = event;
  const { type, id } = actor;
  if (!persons.includes(type) || typeof id !== 'string') return undefined;
  const person = personText(type, id);
  if (Buffer.byteLength(person) > PERSON_BYTES) return undefined;
  const ip = context?.ip;
  return {
    ...{ person, name: nameOf(actor), at: Date.parse(event.occurred_at), action, operation },
    isDone: !UNDONE.has(outcome?.result ?? ''),
    network: typeof ip === 'string' ? networkOf(ip) : undefined,
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Values = Map<string, Mutable<Seen>>;

function addTo(values: Values, value: string, at: number): void {
  const known = values.get(value);
  if (known === undefined) {
    // One more than are kept, so that it is told.
    if (values.size <= VALUES_MOST) values.set(value, { first_at: at, last_at: at, events: 1 });
    return;
  }
  known.first_at = Math.min(known.first_at, at);
  known.last_at = Math.max(known.last_at, at);
  known.events++;
}

/** What one person did in one hour. */
export class PersonHour {
  readonly hour: number;
  readonly counts = { events: 0, deletes: 0, exports: 0 };
  /** Of those that matter when they are new. */
  readonly actions: Values = new Map();
  readonly networks: Values = new Map();
  readonly all: Values = new Map();
  name: string | undefined;

  constructor(hour: number) {
    this.hour = hour;
  }

  add({ name, at, action, operation, isDone, network }: Deed): void {
    this.name = name ?? this.name;
    this.counts.events++;
    addTo(this.all, '', at);
    if (isDone && operation === 'delete') this.counts.deletes++;
    if (isDone && operation === 'export') this.counts.exports++;
    if (isDone && operation && OPERATIONS.has(operation)) addTo(this.actions, action, at);
    if (network !== undefined) addTo(this.networks, network, at);
  }
}

/** A run of failures, with the action that went well then. */
export interface FailedRun extends Run {
  readonly person: string;
  readonly name: string | undefined;
  readonly action: string;
}

/** What persons did, by person and hour. */
export class Deeds {
  /** By person, then by hour of the epoch. */
  readonly persons = new Map<string, Map<number, PersonHour>>();

  add(deed: Deed): void {
    const hours = this.persons.get(deed.person) ?? new Map<number, PersonHour>();
    this.persons.set(deed.person, hours);
    const hour = Math.floor(deed.at / HOUR_MS);
    const here = hours.get(hour) ?? new PersonHour(hour);
    hours.set(hour, here);
    here.add(deed);
  }
}

/** Failures followed by a success, of deeds that come in order of time. */
export class FailedRuns {
  readonly #since: number;
  readonly #follows = new Map<string, Failures>();
  /** The longest of each person and action. */
  readonly found = new Map<string, FailedRun>();

  /** Those whose success was before `since` are told already. */
  constructor(since: number) {
    this.#since = since;
  }

  add({ person, name, action, at, isDone }: Deed): void {
    const key = `${person}\n${action}`;
    const known = this.#follows.get(key);
    // Most people fail at nothing.
    if (known === undefined && isDone) return;
    const follow = known ?? new Failures();
    this.#follows.set(key, follow);
    const run = follow.add(at, !isDone);
    if (run === undefined || at < this.#since) return;
    if (run.count > (this.found.get(key)?.count ?? 0)) {
      this.found.set(key, { ...run, action, person, name });
    }
  }
}
