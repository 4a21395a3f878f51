/**
 * What people, programs and the system do in a demo, now and then refused. Owns how a deed becomes
 * events; what is done is told by each blueprint.
 */
import type { EventInput } from '@annals/contract/event';
import { DAY_MS } from '../demo/calendar.ts';
import { type Context, type Draft, eventOf, SUCCESS } from '../demo/draft.ts';
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

const refusing =
  (result: Refusal['result']) =>
  (code: string, reason: string): Refusal => ({ result, code, reason });
export const denied = refusing('denied');
export const failure = refusing('failure');

export type By<W> = (world: W, atMs: number) => Hand;

/** A refusal that only some meet. */
export interface RefusalOf<W> extends Refusal {
  readonly by?: readonly By<W>[];
}

export interface Deed<W> {
  readonly action: string;
  /** How often it is done, against the others. */
  readonly weight: number;
  readonly by: readonly By<W>[];
  /** Why it may fail; none: it never does. */
  readonly refusals?: readonly RefusalOf<W>[];
  /** Undefined: there is nothing at this moment to do it to. */
  readonly on: (world: W, atMs: number) => Scene | undefined;
}

/** Support comes to a tenant, opens something and goes. */
export const supportDeeds = <W>(
  support: By<W>,
  refusal: Refusal,
  opened: Pick<Deed<W>, 'weight' | 'on'>,
): Deed<W>[] => [
  {
    action: 'support.session_started',
    weight: 3,
    by: [support],
    refusals: [refusal],
    on: () => ({}),
  },
  { action: 'support.record_opened', by: [support], refusals: [refusal], ...opened },
  { action: 'support.session_ended', weight: 3, by: [support], on: () => ({}) },
];

/** Some networks and machines do not tell from where somebody comes. */
export const unplaced = ({ context, ...hand }: Hand): Hand => ({
  ...hand,
  context: { request_id: context?.request_id ?? '' },
});

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
