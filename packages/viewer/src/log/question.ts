/**
 * The question of a log page, as all its parts ask it: list, count, histogram, facets. They share
 * one `search_id`, so that the log records one search.
 */
import type { LogState } from '../find/log-state.ts';
import { askedRange } from '../find/range.ts';
import type { Reader } from '../reader.tsx';

/** Whose log, through which view. */
export interface Lens {
  readonly view: string;
  /** Of a bound view: `TYPE:ID`. */
  readonly subject: string | undefined;
  /** A query that is asked too, whatever else is: of a page about one person or record. */
  readonly within?: string | undefined;
}

export interface Question {
  readonly tenant_id: string;
  readonly view: string;
  readonly subject?: string;
  readonly locale: string;
  readonly as_role?: string;
  readonly q?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Of a reader, what a question tells. */
type Asker = Pick<Reader, 'tenantId' | 'locale' | 'asRole'>;

/** What every call of a page is told. */
export const placeOf = ({ tenantId, locale, asRole }: Asker, { view, subject }: Lens) => ({
  tenant_id: tenantId,
  view,
  locale,
  ...(subject === undefined ? {} : { subject }),
  ...(asRole === undefined ? {} : { as_role: asRole }),
});

/** Two conditions of one key would be either of them: in parentheses each is its own. */
export const withinOf = ({ within }: Lens, q: string): string => {
  if (within === undefined) return q.trim();
  return q.trim() === '' ? within : `(${within}) (${q})`;
};

/** As a call takes it: an empty query is none. */
export const asQuery = (q: string): { q?: string } => (q === '' ? {} : { q });

export function questionOf(
  reader: Asker & Pick<Reader, 'zone'>,
  lens: Lens,
  { q, range }: Pick<LogState, 'q' | 'range'>,
): Question {
  return {
    ...placeOf(reader, lens),
    ...asQuery(withinOf(lens, q)),
    ...askedRange(range, reader.zone),
  };
}
