/** What a new definition changes of which tenants read their log, and how long it is kept. Pure. */
import type { Compiled } from './compile.ts';
import type { Definition } from './definition.ts';
import { kept } from './diff-limits.ts';
import {
  eachField,
  eachNamed,
  type Fields,
  gain,
  listChanges,
  loss,
  memberOf,
  other,
  quote,
  quoteAll,
  type Tell,
  texts,
} from './diff-parts.ts';
import type { Both } from './diff-values.ts';

type Gating = NonNullable<Definition['gating']>;
type Names = NonNullable<Gating['names']>;

const renamed =
  (what: string): Tell<Names['plans'] | Names['addons']> =>
  (pair) =>
    eachNamed(pair, (name, { path, before, after }) => {
      const named = `The name of the ${what} ${quote(name)}`;
      if (before === undefined) return [other(path, `${named} is new.`)];
      if (after === undefined) return [other(path, `${named} is gone.`)];
      return texts(named)({ path, before, after });
    });

const gatingFields: Fields<Gating> = {
  names: ({ path, before = {}, after = {} }) =>
    eachField({ path, before, after }, { plans: renamed('plan'), addons: renamed('add-on') }),
  opt_in: ({ path, before = false, after = false }) => {
    if (before === after) return [];
    return [
      after
        ? loss(path, 'A tenant’s log is read only once the tenant is enabled.')
        : gain(path, 'A tenant’s log is read although the tenant is not enabled.'),
    ];
  },
  prerequisites: ({ path, before = [], after = [] }) =>
    listChanges(
      { before: before.map(quote), after: after.map(quote) },
      (names) => loss(path, `A tenant needs these add-ons to read its log: ${names}.`),
      (names) => gain(path, `A tenant no longer needs these add-ons to read its log: ${names}.`),
    ),
  plans: ({ path, before, after }) => {
    if (after === undefined) return [gain(path, 'Tenants of every plan may read their log.')];
    if (before === undefined) {
      return [loss(path, `Only tenants of these plans may read their log: ${quoteAll(after)}.`)];
    }
    return listChanges(
      { before: before.map(quote), after: after.map(quote) },
      (names) => gain(path, `Tenants of these plans may read their log: ${names}.`),
      (names) => loss(path, `Tenants of these plans may no longer read their log: ${names}.`),
    );
  },
  demo: ({ path, before = true, after = true }) => {
    if (before === after) return [];
    return [
      after
        ? gain(path, 'Demo tenants may read their log.')
        : loss(path, 'Demo tenants may no longer read their log.'),
    ];
  },
};

const binds = ({ definition: { views } }: Compiled, name: string): boolean => {
  const view = memberOf(views, name);
  return view !== undefined && view.operators !== true;
};

/** Nobody gains or loses by gating if there was no view that it binds, or is none. */
export const gating =
  (both: Both): Tell<Definition['gating']> =>
  ({ path, before = {}, after = {} }) => {
    const changes = eachField({ path, before, after }, gatingFields);
    const names = Object.keys(both.after.definition.views);
    const isFelt = names.some((name) => binds(both.before, name) && binds(both.after, name));
    return isFelt ? changes : changes.map((change) => ({ ...change, effect: 'other' }));
  };

export const retention: Tell<Definition['retention']> = ({ path, before = {}, after = {} }) =>
  eachField({ path, before, after }, { events: kept('Events'), personal: kept('Personal values') });
