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
import type { Retention } from './keeping.ts';

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

type Kept = NonNullable<Definition['retention']>;

const keptFields = (whose: string): Fields<Retention> => ({
  events: kept(`Events${whose}`),
  personal: kept(`Personal values${whose}`),
});

/** A plan without a retention of its own has that of the project. */
export const retention: Tell<Definition['retention']> = ({ path, before = {}, after = {} }) => {
  const { plans: _was, ...usualBefore } = before;
  const { plans: _is, ...usualAfter } = after;
  const plans: Tell<Kept['plans']> = (pair) =>
    eachNamed<Retention>(pair, (name, { path: own, before: was, after: is }) => {
      const plan = `the plan ${quote(name)}`;
      const told = eachField(
        { path: own, before: was ?? usualBefore, after: is ?? usualAfter },
        keptFields(` of tenants of ${plan}`),
      );
      if (was === undefined) return [other(own, `The retention of ${plan} is new.`), ...told];
      if (is === undefined) return [other(own, `The retention of ${plan} is gone.`), ...told];
      return told;
    });
  return eachField({ path, before, after }, { ...keptFields(''), plans });
};
