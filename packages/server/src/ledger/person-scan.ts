/**
 * Reading a log once in order of sequence for what it holds of a person: no index is asked, so
 * nothing that an index has missed is missed here. Lists what was found by id and path, never what
 * the values are.
 */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import {
  ERASED_PLACES,
  ERASURE_LIMITS,
  type ErasedPlace,
  type Listing,
  type PlaceCounts,
} from '@annals/contract/erasures';
import type { StoredEvent } from '@annals/contract/event';
import type { ClassPolicy } from '@annals/contract/leaf';
import type { LedgerRow, Store } from '../store/store.ts';
import type { Person, PersonIn } from './person.ts';
import type { Progress } from './verify.ts';

/** Events read at once: about half a megabyte. */
const READ_EVENTS = 512;

export interface Scan {
  readonly store: Store;
  readonly tenantNo: number;
  /** Up to this sequence, which is not read. */
  readonly end: number;
  readonly progress: Progress;
}

/** Blocks of rows in order of sequence, from one on. */
export async function* blocksOf(
  { store, tenantNo, end, progress }: Scan,
  from: number,
): AsyncGenerator<LedgerRow[]> {
  for (let at = from; at < end; ) {
    await progress(at, end);
    const rows = await store.events.bySequence(tenantNo, at, Math.min(READ_EVENTS, end - at));
    const last = rows.at(-1);
    if (last === undefined) throw new Error(`event ${at} of tenant ${tenantNo} is not there`);
    yield rows;
    at = last.sequence + 1;
    await yieldToOthers();
  }
  await progress(end, end);
}

/** What one event holds of the person. */
export interface Finding {
  readonly row: LedgerRow;
  readonly event: StoredEvent;
  readonly here: PersonIn;
}

/** Looks at events one by one; `seen` is told of each whose text may hold something. */
export function finderOf(
  person: Person,
  policies: ReadonlyMap<number, ClassPolicy>,
  seen: (event: StoredEvent) => void = () => undefined,
): (row: LedgerRow) => Finding | undefined {
  return (row) => {
    // Of an event that was removed nothing is left.
    if (row.isRemoved || !person.mayBeIn(row.document)) return undefined;
    const policy = policies.get(row.policy);
    if (policy === undefined) throw new Error(`there is no class policy ${row.policy}`);
    // A stored document was checked on its way in and is bound by its leaf.
    const event = JSON.parse(row.document) as StoredEvent;
    seen(event);
    const here = person.in(event, policy);
    return here && { row, event, here };
  };
}

export const NO_COUNTS: PlaceCounts = {
  ...{ events: 0, actor: 0, on_behalf_of: 0, target: 0, context: 0, changes: 0, mentions: 0 },
};

/** Counts one more event, by the places in which it lost or would lose something. */
export function countPlaces(counts: PlaceCounts, places: ReadonlySet<ErasedPlace>): PlaceCounts {
  if (places.size === 0) return counts;
  const sum = { ...counts, events: counts.events + 1 };
  for (const place of ERASED_PLACES) if (places.has(place)) sum[place]++;
  return sum;
}

/** Events with paths, of which the first are listed. */
export class PathList {
  #events = 0;
  readonly #list: Listing['list'] = [];

  add({ row, event }: Finding, paths: readonly string[]): void {
    if (paths.length === 0) return;
    this.#events++;
    if (this.#list.length >= ERASURE_LIMITS.listed) return;
    this.#list.push({ id: event.id, sequence: row.sequence, paths: [...paths] });
  }

  get listing(): Listing {
    return { events: this.#events, list: this.#list };
  }
}

/** Paths that hold something of the person and stay where only those who acted are erased. */
export const mentionsOf = ({ erased, kept }: PersonIn): string[] => [
  ...[...erased].filter(([, place]) => place === 'mentions').map(([path]) => path),
  ...kept,
];
