/**
 * UUIDv7 (RFC 9562 §5.7) made on the client, so that an event sent again after a lost answer is
 * the same event, never a second one.
 */

/** Largest value of the 12 bits that follow the version: the counter within one millisecond. */
const COUNTER_MAX = 0xfff;
/** A counter starts in the lower half, so that 2,048 more fit before the time must be advanced. */
const COUNTER_START_MASK = 0x7ff;
const TWO_TO_32 = 2 ** 32;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

const format = (bytes: Uint8Array): string => {
  const hex = Array.from(bytes, (byte) => HEX[byte]).join('');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
};

/**
 * A source of UUIDs of version 7 that only ascend, also within one millisecond and when the clock
 * is set back. `now` gives milliseconds since 1970.
 */
export const createIdSource = (now: () => number = Date.now): (() => string) => {
  let lastMs = 0;
  let counter = 0;
  return () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const view = new DataView(bytes.buffer);
    const ms = Math.floor(now());
    const start = view.getUint16(6) & COUNTER_START_MASK;
    if (ms > lastMs) {
      lastMs = ms;
      counter = start;
    } else if (counter < COUNTER_MAX) {
      counter += 1;
    } else {
      lastMs += 1;
      counter = start;
    }
    view.setUint16(0, Math.floor(lastMs / TWO_TO_32));
    view.setUint32(2, lastMs % TWO_TO_32);
    view.setUint16(6, 0x7000 | counter);
    view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
    return format(bytes);
  };
};

/** One source for the whole process: ids of several clients ascend together. */
export const uuidv7 = createIdSource();
