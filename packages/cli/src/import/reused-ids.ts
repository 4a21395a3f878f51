/**
 * Records that carry the id of another record of the same import, as copied ones do. The first
 * keeps the id; one with other content gets an id of its own text, so that neither is lost and a
 * second import still stores nothing. Records with the same content stay duplicates.
 */
import { createHash } from 'node:crypto';
import { idFromText } from './importer.ts';

/** Ids remembered, about 150 bytes each: beyond it the server reports a conflict instead. */
const REMEMBERED = 200_000;
const DIGEST_CHARACTERS = 16;

export class ReusedIds {
  readonly #contents = new Map<string, string>();

  /** The id that a record with this text is to have. */
  idFor(id: string, text: string): string {
    const content = createHash('sha256').update(text).digest('base64').slice(0, DIGEST_CHARACTERS);
    const key = id.toLowerCase();
    const known = this.#contents.get(key);
    if (known !== undefined) return known === content ? id : idFromText(text);
    if (this.#contents.size < REMEMBERED) this.#contents.set(key, content);
    return id;
  }
}
