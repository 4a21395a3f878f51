/** The kinds of a tenant's events, which followers number and count, as readers ask of them. */
import type { ReadEvent } from '@annals/contract/event';
import { eventOfKind } from '@annals/contract/kinds';
import { LRUCache } from 'lru-cache';
import type { Store } from '../store/store.ts';

/** Characters of kinds that are kept in memory: most tenants have some hundreds, of 250 each. */
const CHARACTERS_KEPT = 20_000_000;

interface Known {
  /** Of the index that has numbered them. */
  readonly generation: number;
  readonly last: number;
  readonly characters: number;
  readonly events: ReadonlyMap<string, ReadEvent>;
}

export class Kinds {
  readonly #store: Pick<Store, 'counts'>;
  readonly #known = new LRUCache<number, Known>({
    maxSize: CHARACTERS_KEPT,
    sizeCalculation: ({ characters }) => characters + 1,
  });

  constructor(store: Pick<Store, 'counts'>) {
    this.#store = store;
  }

  /**
   * The events that stand for kinds, by number, as an index of this generation has numbered them;
   * undefined if it has been made anew, or if not each of these numbers is of one kind.
   */
  async of(
    tenantNo: number,
    generation: number,
    wanted: Iterable<string>,
  ): Promise<ReadonlyMap<string, ReadEvent> | undefined> {
    const hasAll = (events: Known['events']) => [...wanted].every((kind) => events.has(kind));
    const kept = this.#known.get(tenantNo);
    const known = kept?.generation === generation ? kept : undefined;
    if (known && hasAll(known.events)) return known.events;
    const rows = await this.#store.counts.kinds(tenantNo, known?.last ?? 0);
    // What was read now may be of another index than what was counted.
    const reach = await this.#store.counts.reach(tenantNo);
    if (reach.generation !== generation) return undefined;
    const events = new Map(known?.events);
    let { last = 0, characters = 0 } = known ?? {};
    for (const { kind, text } of rows) {
      events.set(String(kind), eventOfKind(text));
      characters += text.length;
      last = kind;
    }
    this.#known.set(tenantNo, { generation, last, characters, events });
    return hasAll(events) ? events : undefined;
  }
}
