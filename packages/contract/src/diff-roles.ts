/** Which role gains or loses which view, with which capabilities, and what it may manage. Pure. */
import type { Definition, RoleDefinition } from './definition.ts';
import {
  eachField,
  eachNamed,
  type Fields,
  gain,
  listChanges,
  listWords,
  loss,
  memberOf,
  type Named,
  other,
  type Pair,
  quote,
  type Tell,
  texts,
} from './diff-parts.ts';
import type { Both } from './diff-values.ts';
import { pointerTo } from './pointer.ts';
import type { DefinitionChange } from './projects.ts';

const grants =
  (role: string): Tell<Named<readonly string[]> | undefined> =>
  (pair) =>
    eachNamed(pair, (name, each) => {
      const { path, before, after } = each;
      const view = `the view ${quote(name)}`;
      if (before === undefined) {
        return [gain(path, `The ${role} gains ${view}: ${listWords(after ?? [])}.`)];
      }
      if (after === undefined)
        return [loss(path, `The ${role} loses ${view}: ${listWords(before)}.`)];
      return listChanges(
        each,
        (names) => gain(path, `The ${role} gains ${names} on ${view}.`),
        (names) => loss(path, `The ${role} loses ${names} on ${view}.`),
      );
    });

const fieldsOf = (role: string): Fields<RoleDefinition> => ({
  grants: grants(role),
  manage: (pair) =>
    listChanges(
      pair,
      (names) => gain(pair.path, `The ${role} may manage ${names}.`),
      (names) => loss(pair.path, `The ${role} may no longer manage ${names}.`),
    ),
  viewer: ({ path, before = false, after = false }) => {
    if (before === after) return [];
    return [
      after
        ? gain(path, `The product may give the ${role} to its own users.`)
        : loss(path, `The product may no longer give the ${role} to its own users.`),
    ];
  },
  label: texts(`The label of the ${role}`),
  description: texts(`The description of the ${role}`),
});

/** The role as it is without anything that it may do. */
const bare = ({ label, description }: RoleDefinition): RoleDefinition => ({
  label,
  ...(description === undefined ? {} : { description }),
});

function roleChange(role: string, { path, before, after }: Pair<RoleDefinition | undefined>) {
  const [gone, come] = [before ?? (after && bare(after)), after ?? (before && bare(before))];
  if (gone === undefined || come === undefined) return [];
  const changes = eachField({ path, before: gone, after: come }, fieldsOf(role));
  if (before === undefined) return [other(path, `The ${role} is new.`), ...changes];
  return after === undefined ? [other(path, `The ${role} is gone.`), ...changes] : changes;
}

/** The view of those who name none: the first that their role may read. */
const usualView = (role: RoleDefinition, { views }: Definition): string | undefined =>
  Object.keys(views).find((view) => memberOf(role.grants, view)?.includes('read'));

export function roleChanges({ before, after }: Both): DefinitionChange[] {
  const [old, now] = [before.definition, after.definition];
  const pair = { path: '/roles', before: old.roles, after: now.roles };
  const changes = eachNamed(pair, (name, each) => roleChange(`role ${quote(name)}`, each));
  const usual = Object.entries(now.roles).flatMap(([name, role]) => {
    const past = memberOf(old.roles, name);
    const [was, is] = [past && usualView(past, old), usualView(role, now)];
    if (was === undefined || is === undefined || was === is) return [];
    const who = `Who has the role ${quote(name)} and names no view`;
    const detail = `${who} gets ${quote(is)} instead of ${quote(was)}.`;
    return [other(`/roles${pointerTo(name)}/grants`, detail)];
  });
  return [...changes, ...usual];
}
