/**
 * What the events that stay say of entities: read newest or oldest first, as far as needed, for
 * many entities at once.
 */
import type { ReadEvent } from '@annals/contract/event';
import type { EventKey } from '../event-rows.ts';
import type { FollowerStore } from '../store/store.ts';
import { type Involved, involved } from './involved.ts';

/** Places asked for at first, and how their number grows. */
const FIRST_KEYS = 8;
const KEYS_MOST = 512;
const GROWTH = 4;
/** Events whose documents are read at once. */
const READ_EVENTS = 200;

/** An entity's part in an event that stays. */
export interface Sighting extends EventKey {
  readonly event: ReadEvent;
  readonly part: Involved;
}

export interface Walk {
  readonly entity: number;
  /** As `involved` makes it. */
  readonly key: string;
  readonly order: 'asc' | 'desc';
  /** Only beyond this place. */
  readonly after: EventKey;
  /** Of its events so many were changed: they may all come first. */
  readonly changed: number;
  /** True: it has seen enough. */
  see(sighting: Sighting): boolean;
}

interface Known {
  readonly event: ReadEvent;
  readonly parts: readonly Involved[];
}

export class Remaining {
  readonly #store: FollowerStore;
  readonly #tenantNo: number;
  readonly #changed: ReadonlySet<number>;
  /** By sequence; undefined: it was removed before. */
  readonly #known = new Map<number, Known | undefined>();

  constructor(store: FollowerStore, tenantNo: number, changed: ReadonlySet<number>) {
    this.#store = store;
    this.#tenantNo = tenantNo;
    this.#changed = changed;
  }

  async events(sequences: readonly number[]): Promise<ReadonlyMap<number, Known | undefined>> {
    const unknown = [...new Set(sequences)].filter((sequence) => !this.#known.has(sequence));
    for (let first = 0; first < unknown.length; first += READ_EVENTS) {
      const some = unknown.slice(first, first + READ_EVENTS);
      for (const sequence of some) this.#known.set(sequence, undefined);
      for (const row of await this.#store.ledger.rows(this.#tenantNo, some)) {
        if (row.isRemoved) continue;
        // A stored document was checked on its way in and is bound by its leaf.
        const event = JSON.parse(row.document) as ReadEvent;
        this.#known.set(row.sequence, { event, parts: involved(event) });
      }
    }
    return this.#known;
  }

  /** Each walk until it has seen enough, or all there is. */
  async walk(walks: readonly Walk[]): Promise<void> {
    let open = walks.map((walk) => ({ walk, after: walk.after }));
    for (let size = FIRST_KEYS; open.length > 0; size = Math.min(KEYS_MOST, size * GROWTH)) {
      const asks = open.map(({ walk: { entity, order, changed }, after }) => ({
        ...{ entity, order, after },
        limit: size + (size === FIRST_KEYS ? changed : 0),
      }));
      const found = await this.#store.derived.partyKeys(this.#tenantNo, asks);
      const staying = found.map((keys) =>
        keys.filter(({ sequence }) => !this.#changed.has(sequence)),
      );
      // Most walks end with the first one: these are read together.
      await this.events(staying.flatMap((keys) => keys.slice(0, 1).map((key) => key.sequence)));
      const next: typeof open = [];
      for (const [index, { walk }] of open.entries()) {
        const keys = found[index] ?? [];
        const last = keys.at(-1);
        const isDone = await this.#feed(walk, staying[index] ?? []);
        if (!isDone && last && keys.length === asks[index]?.limit) next.push({ walk, after: last });
      }
      open = next;
    }
  }

  async #feed(walk: Walk, keys: readonly EventKey[]): Promise<boolean> {
    for (let first = 0; first < keys.length; first += first === 0 ? 1 : FIRST_KEYS) {
      const some = keys.slice(first, first === 0 ? 1 : first + FIRST_KEYS);
      const known = await this.events(some.map(({ sequence }) => sequence));
      for (const place of some) {
        const event = known.get(place.sequence);
        const part = event?.parts.find(({ key }) => key === walk.key);
        if (event && part && walk.see({ ...place, event: event.event, part })) return true;
      }
    }
    return false;
  }
}
