/**
 * What people, programs and the system do in a demo: each deed as often as it is worth, now and
 * then refused, in order of time. Owns how a deed becomes events; what is done is told by each
 * blueprint.
 */
import type { EventInput } from '@annals/contract/event';
import { DAY_MS } from '../demo/calendar.ts';
import { byTime, type Context, type Draft, eventOf, SUCCESS } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';
import type { Item } from './items.ts';
import type { Person } from './people.ts';

/** Who does something, and from where. */
export type Hand = Pick<Draft, 'actor' | 'on_behalf_of' | 'source' | 'context' | 'reason'>;

/** What a deed is done to, and what it changes. */
export interface Scene extends Pick<Draft, 'targets' | 'changes' | 'metadata' | 'reason'> {
  /** Of which application of the product it is a part. */
  readonly application?: string;
  /** The record at its heart, for whoever makes more of the scene. */
  readonly about?: Item;
  /** Makes it so; not called if the deed is refused. */
  readonly done?: () => void;
  /** What the system does because of it, so much later. */
  readonly follows?: readonly { readonly afterMs: number; readonly draft: Draft }[];
}

export interface Refusal {
  readonly result: 'failure' | 'denied';
  readonly code: string;
  readonly reason: string;
}

/** A refusal that only some meet. */
export interface RefusalOf<W> extends Refusal {
  readonly by?: readonly ((world: W, atMs: number) => Hand)[];
}

export interface Deed<W> {
  readonly action: string;
  /** How often it is done, against the others. */
  readonly weight: number;
  readonly by: readonly ((world: W, atMs: number) => Hand)[];
  /** Why it may fail; none: it never does. */
  readonly refusals?: readonly RefusalOf<W>[];
  /** Undefined: there is nothing at this moment to do it to. */
  readonly on: (world: W, atMs: number) => Scene | undefined;
}

/** Draws ids and makes drafts events of one tenant. */
export interface Recorder {
  readonly random: Random;
  event(atMs: number, draft: Draft): EventInput;
  /** What a person's browser tells with each request: one session a day. */
  contextOf(person: Person, atMs: number): Context;
}

const CORRELATION_DIGITS = 12;

export const recorderOf = (random: Random, tenantId: string): Recorder => {
  const sessions = new Map<string, string>();
  const sessionOf = (person: Person, atMs: number): string => {
    const key = `${person.id} ${Math.floor(atMs / DAY_MS)}`;
    const session = sessions.get(key) ?? `ses_${random.hex(16)}`;
    sessions.set(key, session);
    return session;
  };
  return {
    random,
    event: (atMs, draft) => eventOf(random, tenantId, atMs, draft),
    contextOf: (person, atMs) => ({
      ip: person.ip,
      user_agent: person.userAgent,
      location: person.location,
      session_id: sessionOf(person, atMs),
      request_id: `req_${random.hex(12)}`,
    }),
  };
};

/** The events of one deed: itself, and what follows from it. */
export const eventsOf = (
  recorder: Recorder,
  action: string,
  atMs: number,
  hand: Hand,
  { about: _about, application, done, follows = [], changes, ...parts }: Scene,
  refusal?: Refusal,
): EventInput[] => {
  const correlation_id =
    hand.context?.correlation_id ?? `cor_${recorder.random.hex(CORRELATION_DIGITS)}`;
  const own = {
    action,
    ...hand,
    ...parts,
    ...(application === undefined ? {} : { source: { ...hand.source, application } }),
    context: { ...hand.context, correlation_id },
  };
  if (refusal) {
    const { result, code, reason } = refusal;
    return [recorder.event(atMs, { ...own, outcome: { result, code, reason } })];
  }
  done?.();
  return [
    recorder.event(atMs, {
      ...own,
      ...(changes === undefined ? {} : { changes }),
      outcome: SUCCESS,
    }),
    ...follows.map(({ afterMs, draft }) =>
      recorder.event(atMs + afterMs, { ...draft, context: { ...draft.context, correlation_id } }),
    ),
  ];
};

/** Something at its moment. Played in order of time, so that each finds what was before it. */
export interface Happening {
  readonly atMs: number;
  readonly play: () => readonly EventInput[];
}

/** The share of deeds that are refused. */
const REFUSED = 0.025;

export interface Amount {
  /** How often each deed is done at least; each way to be refused comes once besides. */
  readonly least: number;
  /** How often all are done together. */
  readonly count: number;
}

/** Ordinary days: each deed by its weight, whenever somebody works. */
export const ordinaryDays = <W>(
  recorder: Recorder,
  world: W,
  deeds: readonly Deed<W>[],
  { least, count }: Amount,
  moment: () => number,
): Happening[] => {
  const { random } = recorder;
  const happening = (deed: Deed<W>, refusal?: RefusalOf<W>): Happening => {
    const atMs = moment();
    return {
      atMs,
      play() {
        const scene = deed.on(world, atMs);
        if (scene === undefined) return [];
        const hand = random.pick(refusal?.by ?? deed.by)(world, atMs);
        return eventsOf(recorder, deed.action, atMs, hand, scene, refusal);
      },
    };
  };
  const sure = deeds.flatMap((deed) => [
    ...Array.from({ length: least }, () => happening(deed)),
    ...(least === 0 ? [] : (deed.refusals ?? []).map((refusal) => happening(deed, refusal))),
  ]);
  const free = Array.from({ length: Math.max(0, count - sure.length) }, () => {
    const deed = random.weighted(deeds);
    const { refusals = [] } = deed;
    const isRefused = refusals.length > 0 && random.chance(REFUSED);
    return isRefused ? happening(deed, random.pick(refusals)) : happening(deed);
  });
  return [...sure, ...free];
};

/** All events in order of time, without what lies after now. */
export const played = (happenings: readonly Happening[], nowMs: number): EventInput[] =>
  happenings
    .toSorted((one, other) => one.atMs - other.atMs)
    .flatMap(({ play }) => play())
    .filter(({ occurred_at }) => Date.parse(occurred_at) <= nowMs)
    .sort(byTime);
