/**
 * Rows as columns: many rows cross a thread border or a wire as a few flat arrays, since cloning
 * thousands of small objects costs more than the database does.
 */

/** Byte strings laid end to end; value i ends at `ends[i]`. */
export interface BytesColumn {
  readonly kind: 'bytes';
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array;
}
export interface IntegerColumn {
  readonly kind: 'integer';
  readonly values: Float64Array;
}
export interface TextColumn {
  readonly kind: 'text';
  readonly values: readonly string[];
}
export type Column = BytesColumn | IntegerColumn | TextColumn;
export type ColumnKind = Column['kind'];

export const integerColumn = (values: readonly number[]): IntegerColumn => ({
  kind: 'integer',
  values: Float64Array.from(values),
});
export const textColumn = (values: readonly string[]): TextColumn => ({ kind: 'text', values });

/** Columns of one length. */
export interface Columns {
  readonly count: number;
  readonly columns: readonly Column[];
}

/** A growing byte column. */
export class BytesBuilder {
  #bytes: Buffer<ArrayBuffer>;
  #length = 0;
  readonly #ends: number[] = [];

  constructor(initialBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  /** Adds a value; `prefix` bytes of value 0 stand before the text. */
  addText(text: string, prefix = 0): void {
    this.#reserve(prefix + text.length * 3);
    this.#bytes.fill(0, this.#length, this.#length + prefix);
    this.#length += prefix;
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
    this.#ends.push(this.#length);
  }

  addBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#ends.push(this.#length);
  }

  build(): BytesColumn {
    return {
      kind: 'bytes',
      bytes: this.#bytes.subarray(0, this.#length),
      ends: Uint32Array.from(this.#ends),
    };
  }
}

/** The value at a row; byte values are views on the column, not copies. */
export function valueAt(column: Column, row: number): number | string | Uint8Array {
  switch (column.kind) {
    case 'integer':
      return column.values[row] ?? Number.NaN;
    case 'text':
      return column.values[row] ?? '';
    case 'bytes':
      return bytesAt(column, row);
  }
}

/** Where the value at a row begins; it ends at `ends[row]`. */
export const startOf = ({ ends }: BytesColumn, row: number): number =>
  row === 0 ? 0 : (ends[row - 1] ?? 0);

export const bytesAt = (column: BytesColumn, row: number): Uint8Array =>
  column.bytes.subarray(startOf(column, row), column.ends[row]);

/** Memory blocks that may be handed to another thread instead of being copied. */
export function transferables(columns: readonly Column[]): ArrayBuffer[] {
  const blocks: ArrayBuffer[] = [];
  for (const column of columns) {
    const views =
      column.kind === 'bytes'
        ? [column.bytes, column.ends]
        : column.kind === 'integer'
          ? [column.values]
          : [];
    for (const { buffer } of views) if (buffer instanceof ArrayBuffer) blocks.push(buffer);
  }
  return blocks;
}
