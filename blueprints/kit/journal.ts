/**
 * What happens in a blueprint, in the order of time: cues are played one after the other, so that
 * each finds the records as those before it left them, and note events. Keeps all in memory: a
 * blueprint has some thousand events.
 */
import type { EventInput } from '@annals/contract/event';
import { byTime, type Draft, eventOf } from '../demo/draft.ts';
import type { Random } from '../demo/random.ts';

export interface Journal {
  /** Has something played at a moment; what lies after now is never played. */
  cue(atMs: number, play: (atMs: number) => void): void;
  /** Notes an event, unless it would come after now. */
  note(tenantId: string, atMs: number, draft: Draft): void;
  /** Plays every cue; what was noted, oldest first. */
  events(): EventInput[];
}

export function createJournal(random: Random, nowMs: number): Journal {
  const cues: { readonly atMs: number; readonly play: (atMs: number) => void }[] = [];
  const noted: EventInput[] = [];
  return {
    cue(atMs, play) {
      if (atMs <= nowMs) cues.push({ atMs, play });
    },
    note(tenantId, atMs, draft) {
      if (atMs <= nowMs) noted.push(eventOf(random, tenantId, atMs, draft));
    },
    events() {
      for (const { atMs, play } of cues.sort((one, other) => one.atMs - other.atMs)) play(atMs);
      return noted.sort(byTime);
    },
  };
}

/** Records of one kind that come and go. */
export interface Shelf<T> {
  all(): readonly T[];
  /** One of those that are there. */
  any(): T;
  add(record: T): T;
  /** One that is gone afterwards, of the younger half: what has been there for long stays. */
  take(): T;
  remove(record: T): void;
  replace(record: T, by: T): T;
}

/** There is always one: an empty shelf is filled by `make`. */
export function shelfOf<T>(random: Random, first: readonly T[], make: () => T): Shelf<T> {
  const records = [...first];
  const shelf: Shelf<T> = {
    all: () => records,
    any: () => (records.length > 0 ? random.pick(records) : shelf.add(make())),
    add(record) {
      records.push(record);
      return record;
    },
    take() {
      const younger = records.slice(Math.floor(records.length / 2));
      const record = younger.length > 0 ? random.pick(younger) : make();
      shelf.remove(record);
      return record;
    },
    remove(record) {
      const index = records.indexOf(record);
      if (index !== -1) records.splice(index, 1);
    },
    replace(record, by) {
      const index = records.indexOf(record);
      if (index === -1) records.push(by);
      else records[index] = by;
      return by;
    },
  };
  return shelf;
}

export const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
