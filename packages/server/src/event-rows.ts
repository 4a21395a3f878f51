/**
 * Stored events on their way to a reader: in blocks, as the database gave them, which another
 * thread can take over; then as rows; then as events, if the reader's lens shows them.
 */
import type { ReadEvent } from '@annals/contract/event';
import { matcherOf } from '@annals/contract/match';
import type { Query } from '@annals/contract/query';
import { projectorOf, type View } from '@annals/contract/view';
import { type BytesColumn, type ColumnKind, type Columns, startOf } from './columns.ts';

/** The first byte of a stored document says how the rest is written. */
export const DOCUMENT_JSON = 0;
/** Stands alone: of an event that was removed only its place, id and leaf hash are kept. */
export const DOCUMENT_REMOVED = 1;
/** The same where the database decodes documents: no JSON text has this character. */
export const REMOVED_TEXT = '\u0001';
/** `occurred_at` of an event that was removed: before all times, so that no range has it. */
export const REMOVED_AT = -1;

/** A place in a tenant's log by time. */
export interface EventKey {
  readonly occurredAt: number;
  readonly sequence: number;
}

export interface EventRow extends EventKey {
  /** Base64. */
  readonly leafHash: string;
  /** JSON text; empty: the event was removed. */
  readonly document: string;
}

/** Columns: sequence, occurred_at, leaf_hash, document. */
export type EventBlock = Columns;

/** Who looks at what, as plain data: it decides what a row shows, in whatever thread. */
export interface Lens {
  readonly tenantId: string;
  readonly view: View;
  /** Only events of which this is true, as the view shows them. */
  readonly query: Query;
  /** Only events of a lower sequence: those that were there at some moment. */
  readonly below?: number;
  /** Only events that occurred from a moment on and before another, in ms. */
  readonly within?: { readonly from: number; readonly to: number };
}

/** The text of a stored document: as bytes with their format, or decoded. Empty: it was removed. */
export function documentText(document: Uint8Array | string): string {
  const text = typeof document === 'string' ? document : textAt(bufferOf(document), 0);
  if (text === REMOVED_TEXT) return '';
  if (text === '') throw new Error('a stored document is empty');
  return text;
}

function textAt(documents: Buffer, start: number, end = documents.length): string {
  const format = documents[start];
  if (format === DOCUMENT_REMOVED) return REMOVED_TEXT;
  if (format !== DOCUMENT_JSON) throw new Error(`unknown document format ${format}`);
  return documents.toString('utf8', start + 1, end);
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** The columns by kind. Throws if one is of another. */
export function columnReader({ columns }: Columns) {
  const of = <K extends ColumnKind>(index: number, kind: K) => {
    const column = columns[index];
    if (column?.kind !== kind) throw new Error(`column ${index} is not of kind ${kind}`);
    return column as Extract<typeof column, { kind: K }>;
  };
  return {
    integers: (index: number) => of(index, 'integer').values,
    texts: (index: number) => of(index, 'text').values,
    bytes: (index: number): BytesColumn => of(index, 'bytes'),
  };
}

/** A row of a block by its number. */
export function rowReader(block: EventBlock): (row: number) => EventRow {
  const read = columnReader(block);
  const [sequences, times] = [read.integers(0), read.integers(1)];
  const [hashes, documents] = [read.bytes(2), read.bytes(3)];
  // One view on all values of a column: one for each costs as much as decoding it.
  const [hashBytes, bytes] = [bufferOf(hashes.bytes), bufferOf(documents.bytes)];
  return (row) => ({
    sequence: sequences[row] ?? Number.NaN,
    occurredAt: times[row] ?? Number.NaN,
    leafHash: hashBytes.toString('base64', startOf(hashes, row), hashes.ends[row]),
    document: documentText(textAt(bytes, startOf(documents, row), documents.ends[row])),
  });
}

/** One by one: a row that is done with costs the garbage collector nothing. */
export function* rowsOf(block: EventBlock): Generator<EventRow> {
  const rowAt = rowReader(block);
  for (let row = 0; row < block.count; row++) yield rowAt(row);
}

/** The place of the block's last row; undefined if it has none. */
export function lastKeyOf(block: EventBlock): EventKey | undefined {
  const read = columnReader(block);
  const sequence = read.integers(0)[block.count - 1];
  const occurredAt = read.integers(1)[block.count - 1];
  return sequence === undefined || occurredAt === undefined ? undefined : { occurredAt, sequence };
}

/** How events look through a lens: as it shows them, or undefined for what it does not show. */
export function lookOf({ view, query }: Lens): (event: ReadEvent) => ReadEvent | undefined {
  const matches = query.length === 0 ? () => true : matcherOf(query);
  const project = projectorOf(view);
  return (event) => {
    const shown = project(event);
    return shown !== undefined && matches(shown) ? shown : undefined;
  };
}

const ALWAYS = { from: -Infinity, to: Infinity };

/** The same of rows. */
export function viewerOf(lens: Lens): (row: EventRow) => ReadEvent | undefined {
  const look = lookOf(lens);
  const { below = Infinity, within = ALWAYS } = lens;
  return (row) => {
    if (row.document === '' || row.sequence >= below) return undefined;
    if (row.occurredAt < within.from || row.occurredAt >= within.to) return undefined;
    // A stored document was checked on its way in and is bound by its leaf.
    const event = JSON.parse(row.document) as ReadEvent;
    event.tenant_id = lens.tenantId;
    event.sequence = row.sequence;
    event.leaf_hash = row.leafHash;
    return look(event);
  };
}

/** Blocks that are read when they are wanted: nothing is read for a reader who has enough. */
const BLOCKS_ALONE = 2;

/** Blocks of a generator, the next one read while the last one is used, once there are several. */
export async function* readAhead(blocks: AsyncGenerator<EventBlock>): AsyncGenerator<EventBlock> {
  try {
    // Most questions are answered by the first blocks that have something.
    for (let read = 0; read < BLOCKS_ALONE; ) {
      const { value, done } = await blocks.next();
      if (done) return;
      if (value.count > 0) read++;
      yield value;
    }
    let pending = blocks.next();
    for (;;) {
      const { value, done } = await pending;
      if (done) return;
      pending = blocks.next();
      // If the reader leaves, nobody awaits the block under way: its failure is then nobody's.
      pending.catch(() => undefined);
      yield value;
    }
  } finally {
    // Not awaited: the reader has its answer, and would wait for the block under way.
    blocks.return(undefined).catch(() => undefined);
  }
}
