/**
 * Twelve weeks of the demo with irregularities planted in the last two, and beside them what looks
 * like one and is none. The same for the same seed and moment.
 */
import type { EventInput } from '@annals/contract/event';
import type { FindingKind } from '@annals/contract/finding';
import { demoEvents } from '../../../blueprints/demo/demo.ts';
import { createRandom, type Random } from '../../../blueprints/demo/random.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEKS = 12;
/** Of half a year: about 75,000 are left. */
const EVENTS = 150_000;
/** A person of whom much is known, and whom nothing else was planted for. */
const EVENTS_LEAST = 250;
/** Planted in so many days before the end. */
export const PLANTED_DAYS = 14;

export interface Plant {
  readonly kind: FindingKind | 'near miss';
  readonly what: string;
  readonly tenant: string;
  readonly person: string;
  readonly from: number;
  readonly to: number;
}
export interface Planted {
  readonly events: readonly EventInput[];
  readonly plants: readonly Plant[];
}

const at = ({ occurred_at }: EventInput): number => Date.parse(occurred_at);
const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS);

/** One person's events, and what can be planted in them. */
class Somebody {
  readonly tenant: string;
  readonly id: string;
  readonly random: Random;
  events: EventInput[];
  /** Before anything was planted. */
  #own: readonly EventInput[] = [];

  constructor(random: Random, events: EventInput[]) {
    const [first] = events;
    this.random = random;
    this.events = events;
    this.tenant = first?.tenant_id ?? '';
    this.id = typeof first?.actor.id === 'string' ? first.actor.id : '';
  }

  /** All there is of this person: what is planted is like it. */
  ready(): void {
    this.#own = this.events.slice(-200);
  }

  /** Hours of the last two weeks in which this person is at work; the last day may be cut off. */
  working(nowMs: number): number[] {
    const from = nowMs - (PLANTED_DAYS - 1) * DAY_MS;
    const near = this.events.filter((event) => at(event) > from && at(event) < nowMs - DAY_MS);
    return [...new Set(near.map((event) => hourOf(at(event)) * HOUR_MS))];
  }

  /** Something that this person did, done again otherwise. */
  does(ms: number, fields: Partial<EventInput>): void {
    const like = this.random.pick(this.#own);
    const { changes: _, metadata: __, ...rest } = like;
    const event = { ...rest, outcome: { result: 'success' } as const, ...fields };
    const occurred_at = new Date(ms).toISOString();
    this.events.push({ ...event, id: this.random.uuid(ms), occurred_at });
  }

  /** So many, spread over a time. */
  doesMany(count: number, from: number, spanMs: number, fields: () => Partial<EventInput>): void {
    for (let n = 0; n < count; n++) {
      this.does(from + Math.floor(this.random.next() * spanMs), fields());
    }
  }

  /** Of the hours in which this person did anything of the kind, a busy one. */
  busy(operation?: string): number {
    const hours = new Map<number, number>();
    for (const event of this.events) {
      if (operation !== undefined && event.operation !== operation) continue;
      const hour = hourOf(at(event));
      hours.set(hour, (hours.get(hour) ?? 0) + 1);
    }
    const counts = [...hours.values()].sort((one, other) => one - other);
    return counts[Math.floor((counts.length - 1) * 0.9)] ?? 0;
  }

  readonly #likely = [
    { action: 'document.viewed', operation: 'read' },
    { action: 'document.updated', operation: 'update' },
    { action: 'task.status.updated', operation: 'update' },
  ] as const;

  usual = (): Partial<EventInput> => this.random.pick(this.#likely);
}

const DELETES = { action: 'document.deleted', operation: 'delete' } as const;
const EXPORTS = { action: 'document.downloaded', operation: 'export' } as const;
const LOGIN = { action: 'user.login', event_type: 'authentication', operation: 'login' } as const;
const FAILED = { ...LOGIN, outcome: { result: 'failure', code: 'invalid_password' } } as const;
/** What few do: whoever has not done it does it first. */
const RARE = [
  { action: 'member.removed', operation: 'delete' },
  { action: 'api_key.created', operation: 'grant' },
  { action: 'workspace.exported', operation: 'export' },
  { action: 'member.role.updated', operation: 'grant' },
  { action: 'sso.provider.removed', operation: 'delete' },
  { action: 'audit.report.exported', operation: 'export' },
] as const;

/** How each is planted; answers how long it lasts, in ms. */
type Planting = (who: Somebody, from: number, nowMs: number) => number;

/** One and a half to six times as many as in a busy hour: the weakest are hard to tell apart. */
const many = (who: Somebody, busy: number, least: number): number =>
  Math.max(least, Math.ceil(busy * (1.5 + who.random.next() * 4.5)));

const IRREGULAR: Readonly<Record<FindingKind, Planting>> = {
  new_action(who, from) {
    const done = new Set(who.events.map(({ action }) => action));
    const open = RARE.filter(({ action }) => !done.has(action));
    const rare = who.random.pick(open);
    who.doesMany(who.random.integer(1, 3), from, 40 * MINUTE_MS, () => rare);
    return HOUR_MS;
  },
  new_network(who, from) {
    const ip = `10.${who.random.integer(1, 200)}.${who.random.integer(1, 200)}.7`;
    const context = { ip, user_agent: 'Browser/1.0' };
    who.doesMany(who.random.integer(1, 10), from, 50 * MINUTE_MS, () => ({
      ...who.usual(),
      context,
    }));
    return HOUR_MS;
  },
  burst(who, from) {
    const hours = who.random.integer(1, 3);
    for (let hour = 0; hour < hours; hour++) {
      who.doesMany(many(who, who.busy(), 25), from + hour * HOUR_MS, HOUR_MS, who.usual);
    }
    return hours * HOUR_MS;
  },
  deletes(who, from) {
    const count = many(who, who.busy('delete'), who.random.integer(7, 30));
    who.doesMany(count, from, HOUR_MS, () => DELETES);
    return HOUR_MS;
  },
  exports(who, from) {
    const count = many(who, who.busy('export'), who.random.integer(7, 30));
    who.doesMany(count, from, HOUR_MS, () => EXPORTS);
    return HOUR_MS;
  },
  failures(who, from) {
    const failed = who.random.integer(5, 14);
    const step = Math.floor((11 * MINUTE_MS) / failed);
    const start = from + who.random.integer(0, 59) * MINUTE_MS;
    for (let n = 0; n < failed; n++) who.does(start + n * step, FAILED);
    who.does(start + failed * step, LOGIN);
    return 2 * HOUR_MS;
  },
};

/** What must stay quiet. */
const ORDINARY: Readonly<Record<string, Planting>> = {
  'a slow ramp'(who, _from, nowMs) {
    const start = nowMs - 9 * 7 * DAY_MS;
    for (const event of who.events.filter((one) => at(one) >= start)) {
      const week = Math.floor((at(event) - start) / (7 * DAY_MS));
      const more = 1.08 ** week - 1;
      const times = Math.floor(more) + (who.random.chance(more % 1) ? 1 : 0);
      who.doesMany(times, at(event), 5 * MINUTE_MS, () => ({
        action: event.action,
        operation: event.operation ?? 'other',
      }));
    }
    return 0;
  },
  'back from a holiday'(who, _from, nowMs) {
    const [away, back] = [nowMs - 27 * DAY_MS, nowMs - 6 * DAY_MS];
    who.events = who.events.filter((event) => at(event) < away || at(event) >= back);
    const first = who.events.filter((event) => at(event) >= back && at(event) < back + DAY_MS);
    for (const event of first) who.does(at(event) + MINUTE_MS, who.usual());
    return 0;
  },
  'the end of a month'(who, from) {
    for (const monthsAgo of [0, 1, 2]) {
      const count = who.random.integer(24, 30);
      const drift = who.random.integer(-1, 1) * HOUR_MS;
      who.doesMany(count, from - monthsAgo * 30 * DAY_MS + drift, HOUR_MS, () => EXPORTS);
    }
    return HOUR_MS;
  },
  'a weekly report'(who, from) {
    for (let week = 0; week < WEEKS; week++) {
      const drift = who.random.integer(-40, 40) * MINUTE_MS;
      const start = from - week * 7 * DAY_MS + drift;
      who.doesMany(who.random.integer(20, 26), start, 15 * MINUTE_MS, () => EXPORTS);
    }
    return HOUR_MS;
  },
  'a forgotten password'(who, from) {
    const failed = who.random.integer(2, 4);
    for (let n = 0; n < failed; n++) who.does(from + n * MINUTE_MS, FAILED);
    who.does(from + failed * MINUTE_MS, LOGIN);
    return HOUR_MS;
  },
  'failures over a day'(who, from) {
    for (let n = 0; n < 7; n++) who.does(from + n * 25 * MINUTE_MS, FAILED);
    who.does(from + 7 * 25 * MINUTE_MS, LOGIN);
    return 4 * HOUR_MS;
  },
  'a traveller'(who) {
    let network = 0;
    for (const [index, event] of who.events.entries()) {
      if (index % 25 === 0) network = who.random.integer(1, 250);
      const context = { ...event.context, ip: `10.9.${network}.3` };
      who.events[index] = { ...event, context };
    }
    return 0;
  },
  'somebody new'(who, _from, nowMs) {
    who.events = who.events.filter((event) => at(event) >= nowMs - 12 * DAY_MS);
    const from = nowMs - 5 * DAY_MS;
    for (const rare of RARE.slice(0, 3)) who.does(from, rare);
    who.doesMany(15, from, HOUR_MS, () => DELETES);
    return 0;
  },
  'a busy hour'(who, from) {
    who.doesMany(Math.ceil(who.busy() * 1.4), from, HOUR_MS, who.usual);
    return HOUR_MS;
  },
};

/** In: a seed, the moment that the events end. */
export function planted(seed: number, nowMs: number): Planted {
  const random = createRandom(seed + 7);
  const people = new Map<string, Somebody>();
  const others: EventInput[] = [];
  for (const event of demoEvents({ seed, nowMs, count: EVENTS })) {
    if (at(event) < nowMs - WEEKS * 7 * DAY_MS) continue;
    const { id, type } = event.actor;
    if (type !== 'user' || typeof id !== 'string') {
      others.push(event);
      continue;
    }
    const key = `${event.tenant_id} ${id}`;
    const known = people.get(key);
    if (known) known.events.push(event);
    else people.set(key, new Somebody(random, [event]));
  }
  const all = [...people.values()];
  for (const who of all) who.ready();
  const plants = plant(random, all, nowMs);
  const events = [...others, ...all.flatMap((who) => who.events)].filter(
    (event) => at(event) < nowMs,
  );
  return { events: events.sort((one, other) => at(one) - at(other)), plants };
}

/** Near misses get somebody of their own; irregularities a day and a person. */
function plant(random: Random, all: readonly Somebody[], nowMs: number): Plant[] {
  const free = all
    .filter((who) => who.events.length >= EVENTS_LEAST && who.working(nowMs).length > 0)
    .toSorted(() => random.next() - 0.5);
  const plants: Plant[] = [];
  const put = (kind: Plant['kind'], what: string, who: Somebody, planting: Planting) => {
    const from = random.pick(who.working(nowMs));
    const length = planting(who, from, nowMs);
    const [start, to] =
      length === 0 ? [nowMs - PLANTED_DAYS * DAY_MS, nowMs] : [from, from + length];
    plants.push({ kind, what, tenant: who.tenant, person: who.id, from: start, to });
  };
  const quiet = free.splice(0, 2 * Object.keys(ORDINARY).length);
  const rest = Object.entries(IRREGULAR) as [FindingKind, Planting][];
  for (let round = 0; round < 10; round++) {
    for (const [kind, planting] of rest) put(kind, kind, random.pick(free), planting);
  }
  for (const [index, [what, planting]] of Object.entries(ORDINARY).entries()) {
    for (const who of quiet.slice(index * 2, index * 2 + 2)) put('near miss', what, who, planting);
  }
  return plants;
}
