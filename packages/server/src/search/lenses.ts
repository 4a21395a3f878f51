/**
 * Looking at many rows is work of the processor, about 8 µs a row, so it is done in threads of its
 * own: which rows a lens shows, and how many of each kind.
 */
import { transferables } from '../columns.ts';
import { type EventBlock, type Lens, rowReader, viewerOf } from '../event-rows.ts';
import { ThreadPool } from '../thread.ts';
import type { Tally, TallySpec } from './tally.ts';

export interface LensCalls {
  match: {
    request: { readonly block: EventBlock; readonly lens: Lens };
    /** The block again, and the numbers of the rows that the lens shows. */
    result: { readonly block: EventBlock; readonly rows: Uint32Array<ArrayBuffer> };
  };
  tally: {
    request: {
      readonly block: EventBlock;
      readonly lens: Lens;
      readonly spec: TallySpec;
      /** Rows of a later sequence are counted elsewhere. */
      readonly indexed: number;
    };
    result: Tally;
  };
}

/** One: the reader of the database and the event loop want the other core. */
const THREADS = 1;

/** Only what decides which rows a lens shows: sentences are made of few of them, and elsewhere. */
export function decidingLens({ tenantId, view, query }: Lens): Lens {
  const { vocabulary } = view;
  const words = vocabulary && { ...vocabulary, sentences: {}, failed: {} };
  return { tenantId, view: { ...view, vocabulary: words }, query };
}

export class Lenses {
  readonly #threads = new ThreadPool<LensCalls>({
    file: new URL('./lens-worker.ts', import.meta.url),
    most: THREADS,
  });

  match(block: EventBlock, lens: Lens): Promise<LensCalls['match']['result']> {
    const request = { kind: 'match', block, lens: decidingLens(lens) } as const;
    return this.#threads.ask(request, transferables(block.columns));
  }

  tally(block: EventBlock, lens: Lens, spec: TallySpec, indexed: number): Promise<Tally> {
    const request = { kind: 'tally', block, lens: decidingLens(lens), spec, indexed } as const;
    return this.#threads.ask(request, transferables(block.columns));
  }

  async close(): Promise<void> {
    await this.#threads.end();
  }
}

export function matchBlock(block: EventBlock, lens: Lens): Uint32Array<ArrayBuffer> {
  const view = viewerOf(lens);
  const rowAt = rowReader(block);
  const rows: number[] = [];
  for (let row = 0; row < block.count; row++) if (view(rowAt(row)) !== undefined) rows.push(row);
  return Uint32Array.from(rows);
}
