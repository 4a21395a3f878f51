/**
 * What is out of a person's own ordinary: pure rules over counts. What is usual of others counts
 * nowhere but in one place: what many do is no news when one more does it.
 */

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_MS = 7 * DAY_MS;

/** What is counted of each person in each hour. */
export const MEASURES = ['events', 'deletes', 'exports'] as const;
export type Measure = (typeof MEASURES)[number];

/** Every figure that decides, with its reason. Tuned by `unusual.measure.ts`. */
export const RULES = {
  /** How far back is looked for what is usual: each hour of the week has eight samples. */
  weeks: 8,
  /** Whoever is new does everything for the first time. */
  known: { days: 14, events: 50 },
  /** Weeks in which somebody was there: fewer say nothing of an hour. */
  weeksLeast: 2,
  /** 1.4826 medians of deviations are a standard deviation, of which three are rarely passed. */
  spreads: 3 * 1.4826,
  /** Counts scatter by their root, also where eight weeks were alike by chance. */
  scatter: 3,
  /** Of somebody's hours with anything: the busier ones, whenever they were. */
  busyShare: 0.9,
  /** Whoever does more from week to week is busy as it was lately. */
  latelyHours: 14 * 24,
  /** Work of the end of a month comes again so many days later: 28 to 31, and a weekend. */
  month: { least: 26, most: 34, times: 1.5 },
  measures: {
    // Least: what nobody needs to look at. Times: as much more than usual, and than busy hours.
    events: { least: 40, times: 3, busy: 3 },
    deletes: { least: 10, times: 3, busy: 3 },
    exports: { least: 10, times: 3, busy: 2.5 },
  } satisfies Record<Measure, { least: number; times: number; busy: number }>,
  /** What somebody never did, of that which gives, takes or carries away. */
  newAction: {
    operations: ['grant', 'revoke', 'delete', 'export'],
    /** What so many do is a part of the work: sooner or later everybody does it. */
    common: { least: 3, share: 0.25 },
  },
  /** Whoever came from so many new networks in four weeks travels, or has none of their own. */
  newNetwork: { days: 28, most: 3 },
  failures: { least: 5, withinMs: 15 * 60_000 },
} as const;

export interface Usual {
  readonly median: number;
  readonly high: number;
}

const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

function median(numbers: readonly number[]): number {
  const all = sorted(numbers);
  const middle = Math.floor(all.length / 2);
  const [upper = 0, lower = upper] = [all[middle], all[all.length % 2 === 0 ? middle - 1 : middle]];
  return (upper + lower) / 2;
}

/** The middle of what was, and where it ends. */
export function usualOf(samples: readonly number[]): Usual {
  const middle = median(samples);
  const deviation = median(samples.map((one) => Math.abs(one - middle)));
  const reach = Math.max(RULES.spreads * deviation, RULES.scatter * Math.sqrt(middle));
  // What happened twice in eight weeks happens, however calm the others were.
  const second = sorted(samples).at(-2) ?? 0;
  return { median: Math.round(middle), high: Math.round(Math.max(middle + reach, second)) };
}

/** Counts of one measure by hours of the epoch. */
export type Counts = ReadonlyMap<number, number>;

/** A share of somebody's hours with anything, since an hour, is not busier than this. */
function busySince(counts: Counts, since: number): number {
  const all = sorted([...counts].flatMap(([at, count]) => (count > 0 && at >= since ? count : [])));
  return all[Math.floor((all.length - 1) * RULES.busyShare)] ?? 0;
}

/** The busiest of an hour and its neighbours: work is not done to the minute. */
const around = (counts: Counts, hour: number): number =>
  Math.max(...[hour - 1, hour, hour + 1].map((one) => counts.get(one) ?? 0));

/** Half a week, in hours: a week around an hour. */
const HALF_WEEK = 84;

/**
 * What is usual of somebody at an hour of the week; undefined: it was there too rarely. `weekly`
 * are the same hour in the weeks before; `present` tells when it did anything at all.
 */
export function usualAt(
  counts: Counts,
  present: Iterable<number>,
  weekly: readonly number[],
): Usual | undefined {
  const hours = [...present];
  const there = weekly.filter((week) => hours.some((hour) => Math.abs(hour - week) <= HALF_WEEK));
  if (there.length < RULES.weeksLeast) return undefined;
  return usualOf(there.map((hour) => around(counts, hour)));
}

/** Whether so many in an hour are out of what is usual; `counts` are of the weeks before. */
export function isBurst(
  measure: Measure,
  figure: number,
  { counts, usual, hour }: { counts: Counts; usual: Usual; hour: number },
): boolean {
  const { least, times, busy } = RULES.measures[measure];
  const { month, latelyHours } = RULES;
  const monthAgo = [...counts].flatMap(([at, count]) => {
    const days = (hour - at) / 24;
    return days >= month.least && days <= month.most ? [count] : [];
  });
  return (
    figure >= least &&
    figure > usual.high &&
    figure >= times * usual.median &&
    figure >= busy * Math.max(busySince(counts, 0), busySince(counts, hour - latelyHours)) &&
    figure > month.times * Math.max(0, ...monthAgo)
  );
}

/** First and last time, and how often. */
export interface Seen {
  readonly first_at: number;
  readonly last_at: number;
  readonly events: number;
}

/** Whether somebody has been there for long enough for anything to be new. */
export const isKnown = (person: Seen | undefined, at: number): person is Seen =>
  person !== undefined &&
  at - person.first_at >= RULES.known.days * DAY_MS &&
  person.events >= RULES.known.events;

/** Whether an action that so many of all have done is told of when it is new to somebody. */
export const isNewAction = (doers: number, persons: number): boolean =>
  doers < RULES.newAction.common.least || doers < RULES.newAction.common.share * persons;

/** Whether a network that was never seen is told of; `networks` are those that were. */
export function isNewNetwork(networks: readonly Seen[], at: number): boolean {
  // Where addresses are recorded since yesterday, none is known.
  const isRecorded = networks.some((one) => isOld(one, at));
  const since = at - RULES.newNetwork.days * DAY_MS;
  const changes = networks.filter(({ first_at }) => first_at >= since).length;
  return isRecorded && changes < RULES.newNetwork.most;
}
const isOld = ({ first_at }: Seen, at: number) => at - first_at >= RULES.known.days * DAY_MS;

/** Failures of one action by one person, in a row. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Follows one action of one person in order of time; remembers the last few failures alone. */
export class Failures {
  #from = 0;
  #count = 0;
  /** Times of the latest failures. */
  #latest: number[] = [];

  /** The failures that a success came after, if they were many in a short time. */
  add(at: number, isFailure: boolean): Run | undefined {
    const { least, withinMs } = RULES.failures;
    const last = this.#latest.at(-1);
    const isLate = last !== undefined && at - last > withinMs;
    if (isLate) this.#forget();
    if (isFailure) {
      if (this.#count === 0) this.#from = at;
      this.#count++;
      this.#latest = [...this.#latest, at].slice(-least);
      return undefined;
    }
    const [first] = this.#latest;
    const isMany = this.#latest.length === least && first !== undefined && at - first <= withinMs;
    const run = { from: this.#from, to: this.#latest.at(-1) ?? at, count: this.#count };
    this.#forget();
    return isMany ? run : undefined;
  }

  #forget(): void {
    this.#count = 0;
    this.#latest = [];
  }
}
