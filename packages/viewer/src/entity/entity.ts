/**
 * Which view a person's or record's page looks through, and what it asks: a bound view of that
 * one, or an unbound view and the events that it has a part in. Pure.
 */
import { printQuery, type QueryKey, type Term } from '@annals/contract/query';
import type { Lens } from '../log/question.ts';
import type { CatalogView } from '../reader.tsx';

export type EntityKind = 'actor' | 'record';
export interface EntityPlace {
  readonly kind: EntityKind;
  readonly type: string;
  readonly id: string;
}

const termOf = (key: QueryKey, value: string, isNegated = false): Term => ({
  isNegated,
  body: { kind: 'field', key, test: { kind: 'is', value, before: false, after: false } },
});

/** The terms for the events in which it has a part. */
const partOf = ({ kind, id }: EntityPlace): Term[] => [
  termOf(kind === 'actor' ? 'party' : 'target', id),
];
/** Not what was done to records that hang on it. */
const withoutChildren = ({ id }: EntityPlace): Term[] => [termOf('target.parent', id, true)];

const fits = ({ binding }: CatalogView, kind: EntityKind): boolean =>
  binding === 'none' || binding === kind;

/** The view that is asked for, if it fits; else a bound one, else any. Undefined: there is none. */
export function viewFor(
  views: readonly CatalogView[],
  place: EntityPlace,
  asked: string | undefined,
): CatalogView | undefined {
  const usable = views.filter((view) => fits(view, place.kind));
  return (
    usable.find(({ view }) => view === asked) ??
    usable.find(({ binding }) => binding === place.kind) ??
    usable[0]
  );
}

/** How the page looks through the view: bound to it, or at its part of all. */
export function lensFor(view: CatalogView, place: EntityPlace, hasChildren = true): Lens {
  const isBound = view.binding !== 'none';
  const terms = [...(isBound ? [] : partOf(place)), ...(hasChildren ? [] : withoutChildren(place))];
  // A colon in the type would end it.
  const type = place.type.replaceAll('%', '%25').replaceAll(':', '%3A');
  return {
    view: view.view,
    subject: isBound ? `${type}:${place.id}` : undefined,
    within: terms.length === 0 ? undefined : printQuery(terms),
  };
}
