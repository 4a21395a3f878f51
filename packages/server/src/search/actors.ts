/** Questions about plain fields and about who acted, as kinds and actors of events answer them. */
import { isPlainTerm } from '@annals/contract/kinds';
import { conditionsOf } from '@annals/contract/match';
import type { Query, Term } from '@annals/contract/query';
import { fold } from '@annals/contract/words';
import type { Entity, Store } from '../store/store.ts';
import { FOLDED_LENGTH, foldedName } from './involved.ts';

/** That one of these acted, or none of them. */
interface ActorCondition {
  readonly isNegated: boolean;
  readonly values: readonly string[];
}
export interface PlainQuestion {
  /** What is asked of the kind. */
  readonly query: Query;
  readonly actors: readonly ActorCondition[];
}

/** Whether an event's actor, by the number of the entity, 0 for nobody, is one that is meant. */
export type ActorTest = (actor: number) => boolean;
export const ANYBODY: ActorTest = () => true;

/** Actors that one name means. */
const ENTITIES_MOST = 30;
/**
 * To look at an event takes as long as to read the facts of so many. Up to the first number all is
 * soon done either way; beyond the second, looking would stop before it has seen all.
 */
const FACTS_PER_EVENT = 128;
const FEW_EVENTS = { least: 1_000, most: 20_000 } as const;

/** Of actors with no more events each is looked at sooner than all facts of a log are read. */
const fewIn = (size: number): number =>
  Math.min(FEW_EVENTS.most, Math.max(FEW_EVENTS.least, size / FACTS_PER_EVENT));

/** The whole name that a term looks for among actors. */
function actorIn({ body }: Term): string | undefined {
  if (body.kind !== 'field' || body.key !== 'actor' || body.test.kind !== 'is') return undefined;
  const { value, before, after } = body.test;
  const isWhole = !before && !after && value !== '' && value.length <= FOLDED_LENGTH;
  return isWhole ? value : undefined;
}

/** A query as what is asked of kinds and of actors; undefined if it asks for more. */
export function plainQuestion(query: Query): PlainQuestion | undefined {
  const plain: Term[] = [];
  const actors: ActorCondition[] = [];
  for (const terms of conditionsOf(query)) {
    if (terms.every(isPlainTerm)) {
      plain.push(...terms);
      continue;
    }
    const values = terms.map(actorIn).filter((value) => value !== undefined);
    const isNegated = terms.some((term) => term.isNegated);
    if (values.length < terms.length || (isNegated && terms.length > 1)) return undefined;
    actors.push({ isNegated, values });
  }
  return { query: plain, actors };
}

/** What an entity is called in each of its events: that it is an entity by. */
export const surelyCalled = ({ id, email, name }: Entity): string => id || email || name;

/**
 * The test of the conditions; undefined if a name is one that somebody has had in some events only,
 * or is of so few events that these are better looked at.
 */
export async function actorTest(
  entities: Store['entities'],
  { tenantNo, size }: { readonly tenantNo: number; readonly size: number },
  conditions: readonly ActorCondition[],
): Promise<ActorTest | undefined> {
  if (conditions.length === 0) return ANYBODY;
  const tests: ActorTest[] = [];
  for (const { isNegated, values } of conditions) {
    const meant = new Set<number>();
    for (const value of values) {
      const test = { value: foldedName(value), after: false };
      const numbers = await entities.withName(tenantNo, test, ENTITIES_MOST + 1);
      if (numbers.length > ENTITIES_MOST) return undefined;
      const found = await entities.byNumber(tenantNo, numbers);
      const name = fold(value);
      if (!found.every((entity) => fold(surelyCalled(entity)) === name)) return undefined;
      const events = found.reduce((sum, entity) => sum + entity.events, 0);
      if (!isNegated && events <= fewIn(size)) return undefined;
      for (const number of numbers) meant.add(number);
    }
    tests.push((actor) => meant.has(actor) !== isNegated);
  }
  return (actor) => tests.every((test) => test(actor));
}
