/**
 * Blocks of rows become text. Pure work of the processor, about 6 µs an event, so it is done in
 * threads of its own (`format-worker.ts`).
 */

import type { ColumnSet } from '@annals/contract/cells';
import type { ReadEvent } from '@annals/contract/event';
import { type EventBlock, type Lens, rowsOf, viewerOf } from '../event-rows.ts';
import { csvPrinter, type Flavor } from './csv.ts';
import { zoneTime } from './zone-time.ts';

export interface FileForm {
  readonly format: 'csv' | 'json' | 'ndjson';
  /** CSV only. */
  readonly flavor: Flavor;
  /** CSV only: IANA zone of the times. */
  readonly timeZone: string;
  /** CSV only: of the view; undefined: every field. */
  readonly columns: ColumnSet | undefined;
  /** Events from before this moment are marked as late, in ms; undefined: nothing is marked. */
  readonly lateBefore: number | undefined;
}

/** What a formatting thread is asked. */
export interface FormatCalls {
  format: {
    request: { readonly block: EventBlock; readonly lens: Lens; readonly form: FileForm };
    result: Formatted;
  };
}

export interface Formatted {
  /** UTF-8; empty if the lens shows none of the rows. JSON events are joined, but not ended. */
  readonly text: Uint8Array<ArrayBuffer>;
  readonly rows: number;
  /** Of the rows, those that are marked. */
  readonly late: number;
  /** Of these rows, the lowest and the highest; of none, Infinity and -1. */
  readonly sequences: { readonly first: number; readonly last: number };
}

const zones = new Map<string, (instant: string) => string>();
const ZONES_KEPT = 10;
/** What a text may take in UTF-8, for each of its units. */
const UNIT_BYTES_MOST = 3;

/** Throws RangeError for a name that is no time zone. */
function timeOf(zone: string): (instant: string) => string {
  const known = zones.get(zone);
  if (known) return known;
  if (zones.size >= ZONES_KEPT) zones.clear();
  const made = zoneTime(zone);
  zones.set(zone, made);
  return made;
}

type Print = (event: ReadEvent, isLate: boolean) => string;

function printerOf(form: FileForm): Print {
  const { format, timeZone } = form;
  if (format === 'csv') return csvPrinter(form, timeOf(timeZone));
  const end = format === 'json' ? '' : '\n';
  return (event, isLate) => JSON.stringify(isLate ? { ...event, late: true } : event) + end;
}

/** Where the texts of a block gather: fresh memory for each costs as much as copying it. */
const GATHERED = Buffer.allocUnsafeSlow(2 ** 20);

/** The same with room for so many bytes. */
function withRoom(gathered: Buffer<ArrayBuffer>, bytes: number): Buffer<ArrayBuffer> {
  if (bytes <= gathered.length) return gathered;
  const larger = Buffer.allocUnsafeSlow(2 * bytes);
  gathered.copy(larger);
  return larger;
}

/** Event by event into bytes: texts of a whole block would be moved about by the GC. */
export function formatBlock(block: EventBlock, lens: Lens, form: FileForm): Formatted {
  const print = printerOf(form);
  const separator = form.format === 'json' ? ',\n' : '';
  const show = viewerOf(lens);
  const { lateBefore = -Infinity } = form;
  let gathered = GATHERED;
  let [rows, late, length] = [0, 0, 0];
  let [first, last] = [Infinity, -1];
  for (const row of rowsOf(block)) {
    const event = show(row);
    if (event === undefined) continue;
    const isLate = row.occurredAt < lateBefore;
    const text = (rows === 0 ? '' : separator) + print(event, isLate);
    gathered = withRoom(gathered, length + text.length * UNIT_BYTES_MOST);
    length += gathered.write(text, length);
    rows++;
    if (isLate) late++;
    first = Math.min(first, row.sequence);
    last = Math.max(last, row.sequence);
  }
  // Its memory is its own: whoever has done with it can give it back.
  const text = new Uint8Array(gathered.subarray(0, length));
  return { text, rows, late, sequences: { first, last } };
}
