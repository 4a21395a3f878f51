/** What deeds add to what is known of persons. Pure. */
import type { HourRow, SeenRow } from '../store/store.ts';
import { type Deeds, type PersonHour, VALUES_MOST } from './deeds.ts';

interface Added {
  readonly hours: readonly HourRow[];
  readonly seen: readonly SeenRow[];
  /** Whether values were left out, because somebody has too many. */
  readonly isFull: boolean;
}

type Kind = 'person' | 'action' | 'network';
const KINDS: readonly Kind[] = ['person', 'action', 'network'];
const valuesOf = (here: PersonHour) => ({
  person: here.all,
  action: here.actions,
  network: here.networks,
});

/** One person's values, as far as there is room for new ones. */
class SeenBy {
  readonly rows = new Map<string, SeenRow>();
  isFull = false;
  readonly #person: string;
  readonly #known: Readonly<Record<Kind, Set<string>>>;

  constructor(person: string, known: readonly SeenRow[]) {
    const of = (kind: Kind) =>
      new Set(known.flatMap((row) => (row.kind === kind ? [row.value] : [])));
    this.#person = person;
    this.#known = { person: of('person'), action: of('action'), network: of('network') };
  }

  add(kind: Kind, values: PersonHour['all']): void {
    const known = this.#known[kind];
    for (const [value, { first_at, last_at, events }] of values) {
      if (!known.has(value) && known.size >= VALUES_MOST) {
        this.isFull = true;
        continue;
      }
      known.add(value);
      const key = `${kind} ${value}`;
      const was = this.rows.get(key);
      this.rows.set(key, {
        ...{ person: this.#person, kind, value },
        first_at: Math.min(first_at, was?.first_at ?? first_at),
        last_at: Math.max(last_at, was?.last_at ?? last_at),
        events: events + (was?.events ?? 0),
      });
    }
  }
}

export function addedBy(deeds: Deeds, known: ReadonlyMap<string, readonly SeenRow[]>): Added {
  const hours: HourRow[] = [];
  const seen: SeenRow[] = [];
  let isFull = false;
  for (const [person, ofHours] of deeds.persons) {
    const by = new SeenBy(person, known.get(person) ?? []);
    for (const here of ofHours.values()) {
      hours.push({ person, hour: here.hour, ...here.counts });
      for (const kind of KINDS) by.add(kind, valuesOf(here)[kind]);
    }
    seen.push(...by.rows.values());
    isFull ||= by.isFull;
  }
  return { hours, seen, isFull };
}
