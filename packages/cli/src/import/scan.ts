/**
 * Cuts a stream of bytes into the records it holds: a JSON array's elements, the elements of
 * `{"Records": […]}` or `{"entries": […]}`, one object a line, or objects one after the other.
 * Works on bytes, since all of JSON's signs are ASCII, and keeps each record's text exactly.
 * Bounded: one record of at most `RECORD_BYTES_MAX` in memory. Never parses a record; that is its
 * reader's work.
 */

/** Bytes of one record: far above the largest event; a larger one is no log record. */
export const RECORD_BYTES_MAX = 1024 * 1024;

/** How to read: `lines` is one record a line; `auto` finds out. */
export type Shape = 'auto' | 'lines';

export type Item =
  | { readonly kind: 'record'; readonly text: string; readonly line: number }
  /** This record cannot be used; the next ones can. */
  | { readonly kind: 'bad'; readonly reason: string; readonly line: number }
  /** Where one record ends and the next begins cannot be told from here on. */
  | { readonly kind: 'broken'; readonly reason: string; readonly line: number };

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** The beginnings of a CloudTrail file and of an answer of Slack’s API. */
const WRAPPERS: readonly string[] = ['{"Records":[', '{"entries":['];
/** Blanks may stand after the brace and around the colon. */
const mayBeBlank = (wrapper: string, at: number): boolean =>
  at === 1 || at === wrapper.length - 2 || at === wrapper.length - 1;

const isBlank = (byte: number): boolean =>
  byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
const opens = (byte: number): boolean => byte === OPEN_OBJECT || byte === OPEN_ARRAY;
const closes = (byte: number): boolean => byte === CLOSE_OBJECT || byte === CLOSE_ARRAY;

/**
 * `top`: outside of everything. `first`: after `[`. `next`: after `,`. `after`: after an element.
 * `record`: inside a record. `scalar`: inside a bare number or word. `ended`: behind the first
 * object of a file that may be one object a line. `tail`: behind the array of a wrapper.
 */
type State =
  | 'top'
  | 'first'
  | 'next'
  | 'after'
  | 'record'
  | 'scalar'
  | 'ended'
  | 'tail'
  | 'line'
  | 'broken';

const ENDS_IN: Readonly<Partial<Record<State, string>>> = {
  first: 'an array',
  next: 'an array',
  after: 'an array',
  record: 'a record',
  scalar: 'a record',
  tail: 'an object',
};

export class Scanner {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #items: Item[] = [];
  #state: State;
  #line = 1;
  /** Bytes before the current chunk. */
  #offset = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inArray = false;
  #inWrapper = false;
  /** Whether a plain object outside of any array has been seen. */
  #plainSeen = false;
  /** Which of `WRAPPERS` the current object may be, and how much of it matched; -1: it is none. */
  #wrappers = WRAPPERS;
  #matched = -1;
  #recordLine = 1;
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;

  constructor(shape: Shape) {
    this.#state = shape === 'lines' ? 'line' : 'top';
  }

  /** Takes the next bytes; returns what they complete. */
  push(chunk: Uint8Array): Item[] {
    let at = 0;
    while (at < chunk.length && this.#state !== 'broken') {
      at = this.#state === 'line' ? this.#readLine(chunk, at) : this.#readValue(chunk, at);
    }
    this.#offset += chunk.length;
    return this.#taken();
  }

  /** Says that there are no more bytes; returns what that completes or breaks. */
  end(): Item[] {
    if (this.#state === 'line') this.#finish();
    const inside = ENDS_IN[this.#state];
    if (inside !== undefined) {
      this.#break(`the file ends inside ${inside} that begins at line ${this.#recordLine}`);
    }
    return this.#taken();
  }

  #taken(): Item[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  #readLine(chunk: Uint8Array, from: number): number {
    const newline = chunk.indexOf(NEWLINE, from);
    const end = newline === -1 ? chunk.length : newline;
    this.#keep(chunk, from, end);
    if (newline === -1) return end;
    this.#finish();
    this.#line += 1;
    this.#recordLine = this.#line;
    return end + 1;
  }

  /** Reads on from `from` and returns where to go on: a record's bytes are kept as a whole. */
  #readValue(chunk: Uint8Array, from: number): number {
    if (this.#state !== 'record' && this.#state !== 'scalar') return this.#readBetween(chunk, from);
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#state === 'scalar' && (byte === COMMA || closes(byte) || isBlank(byte))) {
        this.#keep(chunk, from, at);
        this.#close();
        return at;
      }
      if (byte === NEWLINE) this.#line += 1;
      if (this.#matched >= 0 && this.#matchWrapper(byte)) return at + 1;
      if (this.#state === 'record' && this.#endsRecord(byte)) {
        this.#keep(chunk, from, at + 1);
        this.#close();
        return at + 1;
      }
    }
    this.#keep(chunk, from, chunk.length);
    return chunk.length;
  }

  /** Follows strings and nesting; true at the record's last byte. */
  #endsRecord(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return byte === QUOTE && !this.#inString && this.#depth === 0;
    }
    if (byte === QUOTE) this.#inString = true;
    else if (opens(byte)) this.#depth += 1;
    else if (closes(byte)) {
      this.#depth -= 1;
      return this.#depth === 0;
    }
    return false;
  }

  /** True when the object turns out to be a wrapper: what it holds are the records. */
  #matchWrapper(byte: number): boolean {
    const matching = this.#wrappers.filter((each) => byte === each.charCodeAt(this.#matched));
    const [wrapper] = matching;
    if (wrapper !== undefined) {
      this.#wrappers = matching;
      this.#matched += 1;
      if (this.#matched < wrapper.length) return false;
      this.#drop();
      this.#matched = -1;
      this.#inWrapper = true;
      this.#enterArray();
      return true;
    }
    const isBetween = this.#wrappers.some((each) => mayBeBlank(each, this.#matched));
    if (!isBlank(byte) || !isBetween) this.#matched = -1;
    return false;
  }

  /** One byte outside of any record. */
  #readBetween(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0;
    if (this.#state === 'tail') return this.#readTail(byte, at);
    if (isBlank(byte)) {
      if (byte === NEWLINE) this.#readBreak();
      return at + 1;
    }
    if (this.#state === 'ended') this.#state = 'top';
    if (this.#offset + at < BYTE_ORDER_MARK.length && byte === BYTE_ORDER_MARK[this.#offset + at]) {
      return at + 1;
    }
    switch (this.#state) {
      case 'top':
        return this.#readTop(byte, at);
      case 'after':
        if (byte === COMMA) this.#state = 'next';
        else if (byte === CLOSE_ARRAY) this.#leaveArray();
        else return this.#break('a comma or ] is missing between two records');
        return at + 1;
      default:
        return this.#readElement(byte, at);
    }
  }

  #readBreak(): void {
    this.#line += 1;
    // The first object stood on one line of its own: then each line is a record, and a line that
    // is wrong spoils no other.
    if (this.#state !== 'ended') return;
    this.#state = 'line';
    this.#recordLine = this.#line;
  }

  #readTop(byte: number, at: number): number {
    this.#recordLine = this.#line;
    if (byte === OPEN_ARRAY) {
      this.#enterArray();
      return at + 1;
    }
    if (byte !== OPEN_OBJECT) return this.#break('expected { or [, so this is not JSON');
    this.#wrappers = WRAPPERS;
    this.#matched = 0;
    this.#state = 'record';
    return at;
  }

  #readElement(byte: number, at: number): number {
    if (byte === CLOSE_ARRAY && this.#state === 'first') {
      this.#leaveArray();
      return at + 1;
    }
    if (byte === COMMA || closes(byte)) return this.#break('a record is missing in the array');
    this.#recordLine = this.#line;
    this.#state = opens(byte) || byte === QUOTE ? 'record' : 'scalar';
    return at;
  }

  /** What follows the records of a wrapper, to its closing brace. */
  #readTail(byte: number, at: number): number {
    if (byte === NEWLINE) this.#line += 1;
    if (this.#endsRecord(byte)) this.#state = 'top';
    return at + 1;
  }

  #enterArray(): void {
    this.#inArray = true;
    this.#depth = 0;
    this.#inString = false;
    this.#state = 'first';
  }

  #leaveArray(): void {
    this.#inArray = false;
    this.#state = this.#inWrapper ? 'tail' : 'top';
    this.#depth = this.#inWrapper ? 1 : 0;
    this.#inWrapper = false;
  }

  /** A record is complete. */
  #close(): void {
    this.#matched = -1;
    this.#finish();
    if (this.#inArray) this.#state = 'after';
    else if (this.#plainSeen || this.#line !== this.#recordLine) this.#state = 'top';
    else this.#state = 'ended';
    this.#plainSeen ||= !this.#inArray;
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    this.#pieceBytes += to - from;
    if (this.#pieceBytes > RECORD_BYTES_MAX) this.#pieces = [];
    // A copy: the stream may use its buffer again.
    else if (to > from) this.#pieces.push(chunk.slice(from, to));
  }

  #drop(): void {
    this.#pieces = [];
    this.#pieceBytes = 0;
  }

  #finish(): void {
    const line = this.#recordLine;
    const bytes = this.#pieceBytes;
    const pieces = this.#pieces;
    this.#drop();
    if (bytes > RECORD_BYTES_MAX) {
      const reason = `larger than ${RECORD_BYTES_MAX} bytes`;
      this.#items.push({ kind: 'bad', reason, line });
      return;
    }
    const text = this.#decode(pieces);
    if (text === undefined) this.#items.push({ kind: 'bad', reason: 'not valid UTF-8', line });
    else if (text !== '') this.#items.push({ kind: 'record', text, line });
  }

  #decode(pieces: readonly Uint8Array[]): string | undefined {
    const [first] = pieces;
    const whole = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
    try {
      return this.#decoder.decode(whole).trim();
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }

  #break(reason: string): number {
    this.#drop();
    this.#items.push({ kind: 'broken', reason, line: this.#line });
    this.#state = 'broken';
    // Past every chunk: nothing is read any more.
    return Number.POSITIVE_INFINITY;
  }
}
