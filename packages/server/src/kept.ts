/**
 * What is kept of the last uses. LRUCache sets 40 bytes aside for each of `max` entries when it is
 * made, 17 MB in all the caches of an idle server; with `maxSize` it grows.
 */
import { LRUCache } from 'lru-cache';

type Value = object | number | string | boolean;
export type Kept<K extends number | string, V extends Value> = LRUCache<K, V>;

interface KeptOptions<V> {
  /** The least recently used go first. */
  readonly most: number;
  /** For how long, in ms; default for ever. */
  readonly ttl?: number;
  readonly dispose?: (value: V) => void;
}

export function keptOf<K extends number | string, V extends Value>({
  most,
  ...rest
}: KeptOptions<V>): Kept<K, V> {
  return new LRUCache<K, V>({ ...rest, maxSize: most, sizeCalculation: () => 1 });
}
