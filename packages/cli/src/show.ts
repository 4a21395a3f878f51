/**
 * Events as people read them: one row of a table, or one event in full. Owns which field stands
 * where; a value that was erased is said to be so, never left out.
 */
import type { ReadEvent } from '@annals/contract/event';
import type { Named } from '@annals/contract/match';
import { idText, isErased, isPrimary } from '@annals/contract/values';
import { clean, pad, widthOf } from './safe.ts';
import type { Style } from './terminal.ts';
import type { Clock } from './time.ts';

const ERASED = '(erased)';

/** The colour of an outcome; success needs none to stand out. */
export const OUTCOME_STYLE: Readonly<Record<string, Style>> = {
  success: 'green',
  failure: 'red',
  denied: 'yellow',
  unknown: 'dim',
};

const word = (value: unknown): string | undefined => {
  if (value === undefined) return undefined;
  return isErased(value) ? (idText(value) ?? ERASED) : String(value);
};

const nameOf = ({ type, name, email, id }: Named): string => {
  const known = [name, email].find((value) => value !== undefined && !isErased(value));
  // A pseudonym says more than that there was a name: it is the same in all events of a person.
  return word(known) ?? idText(id) ?? word(name) ?? word(email) ?? word(id) ?? type;
};

const whoOf = ({ actor, on_behalf_of: others = [] }: ReadEvent): string => {
  const [other] = others;
  return other === undefined ? nameOf(actor) : `${nameOf(actor)} for ${nameOf(other)}`;
};

const targetOf = ({ targets = [] }: ReadEvent): string => {
  const main = targets.find(isPrimary) ?? targets[0];
  if (main === undefined) return '';
  const more = targets.length > 1 ? ` +${targets.length - 1}` : '';
  return `${main.type} ${nameOf(main)}${more}`;
};

const outcomeOf = ({ outcome }: ReadEvent): string => {
  if (outcome === undefined) return '';
  return outcome.code === undefined ? outcome.result : `${outcome.result} ${outcome.code}`;
};

/** Place of the outcome in a row. */
export const OUTCOME_COLUMN = 4;

export const titlesOf = (clock: Clock): string[] => [
  `When (${clock.zone})`,
  'Who',
  'What',
  'Target',
  'Outcome',
];

export const rowOf = (event: ReadEvent, clock: Clock): string[] => [
  clock.format(event.occurred_at),
  whoOf(event),
  event.activity ?? event.action,
  targetOf(event),
  outcomeOf(event),
];

/** Fields that hold several values, one line each: path and value. */
const flatten = (path: string, value: unknown): Array<[string, string]> => {
  if (isErased(value)) return [[path, `${idText(value) ?? ''} ${ERASED} ${value._erased}`.trim()]];
  if (typeof value !== 'object' || value === null) return [[path, String(value)]];
  const entries = Object.entries(value);
  if (entries.length === 0) return [[path, Array.isArray(value) ? '[]' : '{}']];
  return entries.flatMap(([key, each]) => flatten(path === '' ? key : `${path}.${key}`, each));
};

const changeLine = (change: NonNullable<ReadEvent['changes']>[number]): [string, string] => {
  const side = (value: unknown) =>
    value === undefined
      ? '(nothing)'
      : (word(isErased(value) ? value : JSON.stringify(value)) ?? '');
  const label = change.label === undefined ? change.path : `${change.path} (${change.label})`;
  if (change.secret) return [`change ${label}`, 'a secret; its values are not kept'];
  return [`change ${label}`, `${side(change.before)} → ${side(change.after)}`];
};

/** One event in full, a line a field. */
export const describeEvent = (event: ReadEvent, clock: Clock): string[] => {
  const { changes = [], metadata, labels, occurred_at, received_at, ...rest } = event;
  const lines: Array<[string, string]> = [
    ['occurred_at', `${clock.format(occurred_at)} ${clock.zone} (${occurred_at})`],
    ['received_at', received_at],
    ...flatten('', rest),
    ...changes.map(changeLine),
    ...(labels === undefined ? [] : flatten('labels', labels)),
    ...(metadata === undefined ? [] : flatten('metadata', metadata)),
  ];
  const cleaned = lines.map(([name, value]) => [clean(name), clean(value)] as const);
  const width = Math.max(...cleaned.map(([name]) => widthOf(name)));
  return cleaned.map(([name, value]) => `${pad(name, width)}  ${value}`);
};
