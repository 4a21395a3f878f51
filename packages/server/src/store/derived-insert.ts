/** One statement for many rows: run once a row on SQLite, once with arrays on PostgreSQL. */
import { BytesBuilder, type Column, type Columns } from '../columns.ts';
import type { WriteStep } from './database.ts';
import type { Runner } from './derived-rows.ts';

type Cell = string | number | Uint8Array;

export function columnOf(values: readonly Cell[]): Column {
  const [first] = values;
  if (typeof first === 'number')
    return { kind: 'integer', values: Float64Array.from(values, Number) };
  if (typeof first === 'string') return { kind: 'text', values: values.map(String) };
  const bytes = new BytesBuilder(values.length * 16);
  for (const value of values) if (value instanceof Uint8Array) bytes.addBytes(value);
  return bytes.build();
}

/** A table's columns: name, type on PostgreSQL, and how a row fills it. */
export type Filling<R> = readonly (readonly [name: string, type: string, of: (row: R) => Cell])[];

export function insertStep<R>(
  { dialect }: Pick<Runner, 'dialect'>,
  table: string,
  filling: Filling<R>,
  rows: readonly R[],
  tail = '',
): WriteStep[] {
  if (rows.length === 0) return [];
  const names = filling.map(([name]) => name).join(', ');
  const values =
    dialect === 'sqlite'
      ? `VALUES (${filling.map(() => '?').join(', ')})`
      : `SELECT * FROM unnest(${filling.map(([, type]) => `?::${type}[]`).join(', ')}) AS row
         WHERE true`;
  const columns = filling.map(([, , of]) => columnOf(rows.map(of)));
  return [
    {
      sql: `INSERT INTO ${table} (${names}) ${values} ${tail}`,
      parameters: [],
      rows: { count: rows.length, columns } satisfies Columns,
    },
  ];
}
