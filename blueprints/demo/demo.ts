/**
 * The blueprint `demo`: half a year in Acme Works, a made-up product for projects and documents, as
 * four of its customers would see it in their audit log. Promises: the same events for the same
 * seed and moment, each valid, in order of time, none later than that moment. Never reads a clock
 * or anything outside.
 *
 * The stories in it:
 * - Viktor Halvorsen (acme) exports 212 documents at 02:13 and leaves the company a week later.
 * - One address guesses Arjun Menon's password (globex) 47 times at night and gets in; in the
 *   morning sessions are revoked, the password is reset and two factors become required.
 * - One network tries a few passwords for every account of initech, and gets in nowhere.
 * - Katarzyna Nowak (acme) becomes Zielińska, with a new e-mail; Ruth Abramson (initech), Adler.
 * - Support works for customers' people, each time with ticket and reason; once it changes and
 *   takes something.
 * - The AI agent Scribe acts on behalf of people, and is denied what they may not read; once it
 *   moves and deletes more than it was asked to.
 * - An API key of acme turns up at a strange address, is denied, and is rotated.
 * - A contractor at initech is made admin as a stand-in; a review finds it a week later.
 * - Ralf Brandt (acme), an admin, gives himself a role, reads what it opens, takes it back.
 * - Roles are imported at acme; a slipped column makes admins, who are put right hours later.
 * - A contract is deleted and created again; a list of customers is deleted for good.
 * - A price sheet is open to everybody for three days. An integration fails for an hour.
 * - People and documents have names in other scripts, or spelled in more than one way.
 * - globex imports 120 documents, three fail. In three nights every backup fails.
 * - Each night acme's bills go to its data warehouse; in one night all of them.
 * - Single sign-on is required at acme; a webhook's secret is rotated; plans grow and shrink.
 * - Two people join acme by invitation and directory provisioning.
 */
import type { EventInput } from '@annals/contract/event';
import type { Blueprint } from '../blueprint.ts';
import { DAY_MS, DAYS, HOUR_MS } from './calendar.ts';
import { TENANTS, type Tenant } from './cast.ts';
import { byTime } from './draft.ts';
import { nightly } from './nights.ts';
import { playScene, webhookSent } from './scenes.ts';
import { createStories } from './stories.ts';
import { createWorld, type World } from './world.ts';

/** The stories and the nightly jobs need this many; fewer would leave no ordinary day. */
export const DEMO_EVENTS_LEAST = 5_000;
/** After so many empty scenes in a row (deep night, a weekend) one is played at any rate. */
const TRIES = 400;

export interface DemoOptions {
  readonly seed: number;
  /** The demo ends here; milliseconds since 1970. */
  readonly nowMs: number;
  readonly count?: number;
}

const at = (event: EventInput): number => Date.parse(event.occurred_at);

/** A scene at some moment of this day; when nobody works at all, the system does something. */
const ordinaryScene = (world: World, day: number, spanMs: number): EventInput[] => {
  const { random, calendar } = world;
  const dayMs = calendar.startMs + day * DAY_MS;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const tenant: Tenant = random.weighted(world.tenants);
    const events = playScene(world, tenant, dayMs + Math.floor(random.next() * spanMs));
    const made = events.filter((event) => at(event) <= calendar.nowMs);
    if (made.length > 0) return made;
  }
  return webhookSent(world, random.pick(world.tenants), dayMs);
};

/** What a day brings before its ordinary scenes. */
const fixedEvents = (
  world: World,
  stories: ReturnType<typeof createStories>,
  day: number,
): EventInput[] => {
  const { calendar } = world;
  const told = stories.filter(({ startMs }) => calendar.dayOf(startMs) === day);
  return [
    ...told.flatMap(({ play }) => play()),
    ...world.tenants.flatMap((tenant) => nightly(world, tenant, day)),
  ].filter((event) => at(event) <= calendar.nowMs);
};

/**
 * In: a seed, the moment the demo ends, how many events (at least `DEMO_EVENTS_LEAST`). Out: that
 * many, oldest first. Throws RangeError for a smaller count. Memory: one day.
 */
export function* demoEvents({ seed, nowMs, count = 50_000 }: DemoOptions): Generator<EventInput> {
  if (!Number.isInteger(count) || count < DEMO_EVENTS_LEAST) {
    throw new RangeError(`a demo has at least ${DEMO_EVENTS_LEAST} events`);
  }
  const world = createWorld(seed, nowMs);
  const { calendar } = world;
  const stories = createStories(world);
  const weights = Array.from({ length: DAYS }, (_, day) => calendar.weight(day));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let pending: EventInput[] = [];
  let made = 0;
  let due = 0;
  for (const [day, weight] of weights.entries()) {
    due += (count * weight) / whole;
    const target = day === DAYS - 1 ? count : Math.round(due);
    const add = (events: EventInput[]): void => {
      pending.push(...events.slice(0, count - made));
      made = Math.min(count, made + events.length);
    };
    add(fixedEvents(world, stories, day));
    const endMs = calendar.startMs + (day + 1) * DAY_MS;
    const spanMs = Math.max(1, Math.min(DAY_MS, nowMs - (endMs - DAY_MS) - HOUR_MS / 2));
    while (made < target) add(ordinaryScene(world, day, spanMs));
    pending.sort(byTime);
    const carried = pending.findIndex((event) => at(event) >= endMs);
    const today = carried === -1 ? pending : pending.slice(0, carried);
    pending = carried === -1 ? [] : pending.slice(carried);
    yield* today;
  }
  yield* pending;
}

export const demo: Blueprint = {
  name: 'demo',
  tenants: () => TENANTS.map(({ id, name, plan }) => ({ tenant_id: id, label: name, plan })),
  events: demoEvents,
};
