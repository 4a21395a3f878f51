/** Adds up events by what is asked of their kinds, from counts of kinds or from facts. Pure. */
import type { ReadEvent } from '@annals/contract/event';
import {
  type CountedBucket,
  type FactPart,
  LEVELS,
  NO_EVENT,
  type TimeRange,
} from '../store/store.ts';
import type { ActorTest } from './actors.ts';
import { addEvent, bucketAt, type Tally, type TallySpec } from './tally.ts';

const HIDDEN = -1;

export class KindSums {
  readonly #spec: TallySpec;
  /** By kind: which of `#alike` it is counted as, or HIDDEN. */
  readonly #groups: Int32Array;
  /** Kinds that the tally counts alike by one of them: there are few outcomes among many kinds. */
  readonly #alike: ReadEvent[] = [];
  /** By a moment of each bar, how many events there are of `#alike`. */
  readonly #bars = new Map<number, number[]>();
  /** How many events of each actor, by the number of the entity. */
  readonly actors: number[] = [];
  /** False: there are events whose kind is not known. */
  isWhole = true;

  /** `look` gives an event as the lens shows it, or nothing. */
  constructor(
    kinds: readonly ReadEvent[],
    look: (event: ReadEvent) => ReadEvent | undefined,
    spec: TallySpec,
  ) {
    this.#spec = spec;
    this.#groups = new Int32Array(kinds.length).fill(HIDDEN);
    const isByKind = spec.fields.some((field) => field !== 'actor');
    const known = new Map<unknown, number>();
    for (const [kind, event] of kinds.entries()) {
      const shown = event && look(event);
      if (shown === undefined) continue;
      const key = isByKind ? kind : shown.outcome?.result;
      const group = known.get(key) ?? this.#alike.push(shown) - 1;
      known.set(key, group);
      this.#groups[kind] = group;
    }
  }

  #barAt(ms: number): number[] {
    const { edges } = this.#spec;
    const index = bucketAt(edges, ms);
    const at = edges[index] ?? 0;
    let bar = this.#bars.get(at);
    if (bar === undefined) {
      bar = this.#alike.map(() => 0);
      this.#bars.set(at, bar);
    }
    return bar;
  }

  /** Which of `#alike` a kind is; HIDDEN, or not known, is none. */
  #groupOf(kind: number): number {
    const group = this.#groups[kind];
    // Kinds begin with 1: what is not kept apart from others is 0.
    if (group === undefined || kind === 0) this.isWhole = false;
    return group ?? HIDDEN;
  }

  addCounts({ level, bucket, counts }: CountedBucket): void {
    const bar = this.#barAt(bucket * LEVELS[level]);
    for (const [, kinds, numbers] of counts) {
      for (const [index, kind] of kinds.entries()) {
        const group = this.#groupOf(Number(kind));
        if (group !== HIDDEN) bar[group] = (bar[group] ?? 0) + (numbers[index] ?? 0);
      }
    }
  }

  /** Events of a range whose actors pass the test, but for those from the sequence `end` on. */
  addFacts(
    part: FactPart,
    {
      range,
      end,
      acts,
    }: { readonly range: TimeRange; readonly end: number; readonly acts: ActorTest },
  ): void {
    const { from, to } = range;
    const { first, kinds, actors, times } = part;
    const count = Math.min(kinds.length, end - first);
    const isOneBar = this.#spec.edges.length === 0;
    let bar = this.#barAt(from);
    for (let at = 0; at < count; at++) {
      const kind = kinds[at] ?? NO_EVENT;
      if (kind === NO_EVENT) continue;
      const ms = times[at] ?? from;
      if (ms < from || ms >= to) continue;
      const group = this.#groupOf(kind);
      const actor = actors[at] ?? 0;
      if (group === HIDDEN || !acts(actor)) continue;
      if (!isOneBar) bar = this.#barAt(ms);
      bar[group] = (bar[group] ?? 0) + 1;
      if (actor > 0) this.actors[actor] = (this.actors[actor] ?? 0) + 1;
    }
  }

  addTo(tally: Tally): void {
    const spec = { ...this.#spec, fields: this.#spec.fields.filter((field) => field !== 'actor') };
    for (const [at, bar] of this.#bars) {
      for (const [group, n] of bar.entries()) {
        const event = this.#alike[group];
        if (event && n > 0) addEvent(tally, spec, event, at, n);
      }
    }
  }
}
