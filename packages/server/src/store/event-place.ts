/**
 * Where an event stands among its tenant's, as the databases have it: on SQLite in the row number,
 * which ends every secondary index, so that ordering by it needs no sort.
 */

/** A tenant's rows begin at its number times this; a log is never longer. */
export const ROWS_PER_TENANT = 2 ** 32;

export const rowNumber = (tenantNo: number, sequence: number): number =>
  tenantNo * ROWS_PER_TENANT + sequence;

/** The column, and its value for a sequence. */
export const PLACES = {
  sqlite: { place: 'row', placeOf: rowNumber },
  postgres: { place: 'sequence', placeOf: (_tenantNo: number, sequence: number) => sequence },
} as const;
