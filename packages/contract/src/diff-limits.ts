/**
 * Changes of what limits a definition in time: how far back, how much at once, how late, how long.
 * A length that is longer than another on some days only is judged neither way. Pure.
 */
import { judged, type Tell } from './diff-parts.ts';
import { comparePeriods, parsePeriod, periodWords } from './period.ts';

type TellLength = Tell<string | undefined>;

/** Of lengths of time that limit; without one nothing is limited. */
export function compareLengths(one: string | undefined, other: string | undefined) {
  const [here, there] = [one, other].map((text) => parsePeriod(text ?? ''));
  if (here === undefined || there === undefined) return Number(!here) - Number(!there);
  return comparePeriods(here, there);
}

const lengthWords = (text: string | undefined, none: string): string =>
  text === undefined ? none : periodWords(text);

const UNSURE = 'Which is longer depends on the calendar.';

/** A length of which more is more for readers; `detail` is told both in words. */
const length =
  (none: string, detail: (come: string, gone: string) => string): TellLength =>
  ({ path, before, after }) => {
    const [gone = '', come = ''] = [before, after].map((text) => lengthWords(text, none));
    const order = compareLengths(after, before);
    const words = order === undefined ? `${detail(come, gone)} ${UNSURE}` : detail(come, gone);
    return gone === come ? [] : [judged(path, order, words)];
  };

export const reach = (view: string): TellLength =>
  length('without end', (come, gone) => `The ${view} reaches back ${come} instead of ${gone}.`);

export const longestRange = (view: string): TellLength =>
  length(
    'any length',
    (come, gone) => `The ${view} answers ranges of ${come} at most instead of ${gone}.`,
  );

export const kept = (what: string): TellLength =>
  length('good', (come, gone) => `${what} are kept for ${come} instead of for ${gone}.`);

export const floor =
  (view: string): TellLength =>
  ({ path, before, after }) => {
    const [gone, come] = [before, after].map((day) =>
      day === undefined ? 'with the first event' : `on ${day}`,
    );
    const isLater = (after ?? '') > (before ?? '');
    return [judged(path, isLater ? -1 : 1, `The ${view} begins ${come} instead of ${gone}.`)];
  };

const NONE = 'PT0M';

/** No delay and one of no time are not the same: a view with a delay has no live tail. */
export const delay =
  (view: string): TellLength =>
  ({ path, before, after }) => {
    const [gone, come] = [before, after].map((text = NONE) =>
      compareLengths(text, NONE) === 0 ? 'at once' : `after ${lengthWords(text, '')}`,
    );
    const tailOrder = Number(after === undefined) - Number(before === undefined);
    const order = compareLengths(before ?? NONE, after ?? NONE);
    const words = [
      ...(gone === come ? [] : [`The ${view} shows events ${come} instead of ${gone}.`]),
      ...(order === undefined ? [UNSURE] : []),
      ...(tailOrder < 0 ? [`The ${view} has no live tail any more.`] : []),
      ...(tailOrder > 0 ? [`The ${view} has a live tail.`] : []),
    ];
    if (words.length === 0) return [];
    return [judged(path, order === 0 ? tailOrder : order, words.join(' '))];
  };
