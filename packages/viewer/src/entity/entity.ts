/**
 * Which view a person's or record's page looks through, and what it asks: a bound view of that
 * one, or an unbound view and the events that it has a part in. Pure.
 */
import { printQuery } from '@annals/contract/query';
import type { Lens } from '../log/question.ts';
import type { CatalogView } from '../reader.tsx';

export type EntityKind = 'actor' | 'record';
export interface EntityPlace {
  readonly kind: EntityKind;
  readonly type: string;
  readonly id: string;
}

/** A query for the events in which it has a part. */
export const partOf = ({ kind, id }: EntityPlace): string =>
  printQuery([
    {
      isNegated: false,
      body: {
        kind: 'field',
        key: kind === 'actor' ? 'party' : 'target',
        test: { kind: 'is', value: id, before: false, after: false },
      },
    },
  ]);

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
export const lensFor = (view: CatalogView, place: EntityPlace): Lens =>
  view.binding === 'none'
    ? { view: view.view, subject: undefined, within: partOf(place) }
    : { view: view.view, subject: `${place.type}:${place.id}`, within: undefined };
