/**
 * Tables on a terminal: columns as wide as they need to be, made narrower until a line fits.
 * Owns layout only; cells arrive as data and are cleaned here.
 */
import { clean, cut, pad, widthOf } from './safe.ts';

/** Blanks between two columns. */
const GAP = 2;
/** No column is made narrower than this, in columns of the terminal. */
const COLUMN_MIN = 6;

export interface Layout {
  readonly widths: readonly number[];
  /** Columns of the whole line; a narrower terminal than the smallest layout cuts lines. */
  readonly limit: number;
}

/** Widths for these rows on a terminal of `columns`; undefined means no limit. */
export const layOut = (
  rows: ReadonlyArray<readonly string[]>,
  columns: number | undefined,
): Layout => {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) {
      widths[at] = Math.max(widths[at] ?? 0, widthOf(clean(cell)));
    }
  }
  const limit = columns ?? Number.POSITIVE_INFINITY;
  const total = () => widths.reduce((sum, width) => sum + width + GAP, -GAP);
  for (let widest = 0; total() > limit && widest !== -1; ) {
    const size = Math.max(...widths);
    widest = size > COLUMN_MIN ? widths.indexOf(size) : -1;
    if (widest !== -1) widths[widest] = size - 1;
  }
  return { widths, limit };
};

/** One line; `paint` may colour a cell that is already as wide as it will be. */
export const lineOf = (
  row: readonly string[],
  { widths, limit }: Layout,
  paint: (text: string, column: number) => string = (text) => text,
): string => {
  let line = '';
  let used = 0;
  for (const [at, cell] of row.entries()) {
    const gap = at === 0 ? 0 : GAP;
    const width = Math.min(widths[at] ?? 0, limit - used - gap);
    if (width <= 0) break;
    const text = cut(clean(cell), width);
    const isLast = at === row.length - 1;
    line += ' '.repeat(gap) + paint(isLast ? text : pad(text, width), at);
    used += gap + width;
  }
  return line;
};
