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
  readonly characters: number;
  /** By number. */
  readonly events: readonly ReadEvent[];
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
   * The events that stand for kinds, by number, up to a number at least, as an index of this
   * generation has numbered them; undefined if that is no more what there is.
   */
  async of(
    tenantNo: number,
    generation: number,
    most: number,
  ): Promise<readonly ReadEvent[] | undefined> {
    const kept = this.#known.get(tenantNo);
    const known = kept?.generation === generation ? kept : undefined;
    if (known && known.events.length > most) return known.events;
    const rows = await this.#store.counts.kinds(tenantNo, (known?.events.length ?? 1) - 1);
    // What was read now may be of another index than what was counted.
    const reach = await this.#store.counts.reach(tenantNo);
    if (reach.generation !== generation) return undefined;
    const events = [...(known?.events ?? [])];
    let { characters = 0 } = known ?? {};
    for (const { kind, text } of rows) {
      events[kind] = eventOfKind(text);
      characters += text.length;
    }
    if (events.length <= most) return undefined;
    this.#known.set(tenantNo, { generation, characters, events });
    return events;
  }
}
