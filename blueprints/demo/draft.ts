/** What an event is made of before it has an id, and the order in which events are told. */
import type { EventInput } from '@annals/contract/event';
import type { Random } from './random.ts';

export type Draft = Omit<EventInput, 'id' | 'tenant_id' | 'occurred_at'>;
export type Context = NonNullable<EventInput['context']>;
export type Source = NonNullable<EventInput['source']>;
export type Target = NonNullable<EventInput['targets']>[number];
export type Change = NonNullable<EventInput['changes']>[number];

export const SUCCESS = { result: 'success' } as const;

/** An event of this moment, with an id of this moment. */
export const eventOf = (
  random: Random,
  tenantId: string,
  atMs: number,
  draft: Draft,
): EventInput => ({
  id: random.uuid(atMs),
  tenant_id: tenantId,
  occurred_at: new Date(atMs).toISOString(),
  ...draft,
});

/** Compares the texts, which are of one form: a sort would parse each of them many times. */
export const byTime = (one: EventInput, other: EventInput): number =>
  one.occurred_at < other.occurred_at ? -1 : Number(one.occurred_at > other.occurred_at);
