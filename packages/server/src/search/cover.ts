/** Which buckets that followers have counted make up a range of time. Pure. */
import {
  bucketOf,
  type CountGroup,
  type CountRange,
  LEVELS,
  type Level,
  levelsOf,
  type TimeRange,
} from '../store/store.ts';

type Part = TimeRange & { readonly level: Level };
/** Whole buckets, and what of the range they leave over: its ends, as a rule. */
interface Cover {
  readonly parts: readonly Part[];
  readonly rest: readonly TimeRange[];
}

/** Buckets as long as possible over a range, shorter ones at its ends. */
function coverOfOne({ from, to }: TimeRange, levels: readonly Level[]): Cover {
  const [level, ...finer] = levels;
  if (level === undefined || from >= to)
    return { parts: [], rest: from < to ? [{ from, to }] : [] };
  const length = LEVELS[level];
  const [start, end] = [Math.ceil(from / length) * length, Math.floor(to / length) * length];
  if (start >= end) return coverOfOne({ from, to }, finer);
  const ends = [coverOfOne({ from, to: start }, finer), coverOfOne({ from: end, to }, finer)];
  return {
    parts: [{ level, from: start, to: end }, ...ends.flatMap(({ parts }) => parts)],
    rest: ends.flatMap(({ rest }) => rest),
  };
}

/** Ranges that follow each other as one. */
function joined<R extends TimeRange>(ranges: readonly R[]): R[] {
  const found: R[] = [];
  for (const range of ranges.toSorted((one, other) => one.from - other.from)) {
    const last = found.at(-1);
    if (last?.to === range.from) found[found.length - 1] = { ...last, to: range.to };
    else found.push(range);
  }
  return found;
}

/** The same of a range in steps, so that each bucket is in one step; no edges: it is one. */
export function coverOf(range: TimeRange, edges: readonly number[], group: CountGroup): Cover {
  const inside = edges.filter((edge) => edge > range.from && edge < range.to);
  const ends = [range.from, ...inside, range.to];
  const covers = ends.slice(1).map((to, index) => {
    return coverOfOne({ from: ends[index] ?? to, to }, levelsOf(group));
  });
  const byLevel = Map.groupBy(
    covers.flatMap(({ parts }) => parts),
    ({ level }) => level,
  );
  return {
    parts: [...byLevel.values()].flatMap((parts) => joined(parts)),
    rest: joined(covers.flatMap(({ rest }) => rest)),
  };
}

export const bucketsOf = (group: CountGroup, { level, from, to }: Part): CountRange => ({
  group,
  level,
  from: bucketOf(level, from),
  to: bucketOf(level, to),
});
