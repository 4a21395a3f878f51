/** Where the times stand under a histogram: at days, else at hours, else at minutes. Pure. */
import { partsIn } from './zone.ts';

export interface Tick {
  /** Of the bar that it stands under. */
  readonly index: number;
  readonly isDay: boolean;
}

/** Roundest first: what of a bar's beginning must be nothing for it to be named. */
const ROUND: readonly ((parts: { hour: number; minute: number; second: number }) => boolean)[] = [
  ({ hour, minute, second }) => hour + minute + second === 0,
  ({ minute, second }) => minute + second === 0,
  ({ minute, second }) => minute % 5 === 0 && second === 0,
  ({ second }) => second === 0,
  () => true,
];
/** Fewer say too little: less round ones are taken. */
const LEAST = 3;

/** In: when each bar begins, in ms. Out: at most `most` of them, evenly apart. */
export function ticksOf(starts: readonly number[], zone: string, most: number): Tick[] {
  const parts = starts.map((start) => partsIn(zone, start));
  const indexes = ROUND.map((isRound) =>
    parts.flatMap((one, index) => (isRound(one) ? [index] : [])),
  );
  const rounds = indexes.find(({ length }) => length >= LEAST) ?? indexes.at(-1) ?? [];
  const step = Math.ceil(rounds.length / most);
  const isDay = (index: number): boolean => {
    const one = parts[index];
    return one !== undefined && ROUND[0]?.(one) === true;
  };
  return rounds.filter((_, at) => at % step === 0).map((index) => ({ index, isDay: isDay(index) }));
}
