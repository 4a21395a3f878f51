/**
 * What a new definition changes about the classes of values: what readers of views without
 * personal values gain or lose by it, and what is no longer stored. Pure.
 */
import type { Compiled } from './compile.ts';
import type { Definition } from './definition.ts';
import { eachNamed, gain, loss, other, quoteAll, type Tell } from './diff-parts.ts';
import type { DefinitionChange } from './projects.ts';
import type { DataClass } from './values.ts';
import { classOf } from './view.ts';

/** Both definitions, with what is looked up in them. */
export interface Both {
  readonly before: Compiled;
  readonly after: Compiled;
}

const hidesPersonal = ({ views }: Definition, name: string): boolean => {
  const view = Object.hasOwn(views, name) ? views[name] : undefined;
  return view?.classes !== undefined && !view.classes.includes('personal');
};

/** Views that show no personal value, neither before nor after: a class bears on them alone. */
const publicViews = ({ before, after }: Both): string[] =>
  Object.keys(after.definition.views).filter(
    (name) => hidesPersonal(before.definition, name) && hidesPersonal(after.definition, name),
  );

const classesOf = ({ definition }: Compiled) => definition.data_classes ?? {};

interface Becoming {
  readonly path: string;
  readonly detail: string;
  /** Of the values that become personal, or public again. */
  readonly pointers: readonly string[];
  readonly isPersonal: boolean;
}

/** Values become personal, or are no longer: views without personal values show less, or more. */
export function personalChange(both: Both, becoming: Becoming): DefinitionChange {
  const { path, detail, pointers, isPersonal } = becoming;
  const views = publicViews(both);
  const classes = classesOf(isPersonal ? both.after : both.before);
  // A class that the project gave may have hidden or shown them all along.
  const isTouched = pointers.some((pointer) => classOf(classes, pointer) === 'personal');
  if (views.length === 0 || !isTouched) return other(path, detail);
  const one = views.length === 1;
  const which = `${one ? 'The view' : 'The views'} ${quoteAll(views)}`;
  if (isPersonal) {
    return loss(path, `${detail} ${which} no longer ${one ? 'shows' : 'show'} them.`);
  }
  return gain(path, `${detail} ${which} ${one ? 'shows' : 'show'} them.`);
}

function classChange(both: Both, pointer: string, path: string): DefinitionChange[] {
  const was = classOf(classesOf(both.before), pointer);
  const is = classOf(classesOf(both.after), pointer);
  const what = `Values at ${pointer}`;
  if (was === is) return [];
  const detail = `${what} are ${is} instead of ${was}.`;
  if (is === 'secret') {
    return [loss(path, `${detail} From now on they are never stored, and no longer shown.`)];
  }
  if (was === 'secret') {
    return [gain(path, `${detail} From now on they are stored.`)];
  }
  const isPersonal = is === 'personal';
  return [personalChange(both, { path, detail, pointers: [pointer], isPersonal })];
}

export const dataClasses =
  (both: Both): Tell<Definition['data_classes']> =>
  (pair) =>
    eachNamed<DataClass>(pair, (pointer, { path }) => classChange(both, pointer, path));
