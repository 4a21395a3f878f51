/** The shape of something refused: keys, types and lengths, bounded, never a value. */

const MAX_DEPTH = 4;
const MAX_KEYS = 30;
const MAX_KEY_LENGTH = 40;
const MAX_TEXT_LENGTH = 2_000;

function describe(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return `string(${value.length})`;
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  if (Array.isArray(value)) {
    const first: unknown = value[0];
    return depth >= MAX_DEPTH || value.length === 0
      ? `array(${value.length})`
      : { [`array(${value.length}) of`]: describe(first, depth + 1) };
  }
  const keys = Object.keys(value);
  if (depth >= MAX_DEPTH) return `object(${keys.length})`;
  const shown = Object.entries(value)
    .slice(0, MAX_KEYS)
    .map(([key, inner]) => [key.slice(0, MAX_KEY_LENGTH), describe(inner, depth + 1)]);
  const more = keys.length > MAX_KEYS ? [['…', `${keys.length - MAX_KEYS} more`]] : [];
  return Object.fromEntries([...shown, ...more]);
}

/** JSON text of at most 2,000 characters. */
export function shapeOf(value: unknown): string {
  const text = JSON.stringify(describe(value, 0));
  return text.length <= MAX_TEXT_LENGTH
    ? text
    : JSON.stringify(`too large to show: ${typeof value}`);
}
