/**
 * Server-sent events: pieces of a stream become frames, wherever the pieces were cut. Owns the
 * form (WHATWG HTML, 9.2.6). Promises that an unfinished frame is never given out: what a broken
 * connection cut off did not happen. Never knows what frames mean.
 */

export interface Frame {
  /** The stream's place after this frame: the last id that it named, or undefined. */
  readonly id: string | undefined;
  /** `message` if the frame names none. */
  readonly event: string;
  /** Lines of data, joined by line feeds; empty if the frame only moves the place. */
  readonly data: string;
}

/** Characters of one frame: an event of 64 KiB, written as JSON, is far below. */
const FRAME_CHARACTERS = 2 ** 20;

export class FrameTooLong extends Error {}

/** One stream's parser. */
export class Frames {
  /** The beginning of a line whose end has not come. */
  #line = '';
  #endedInReturn = false;
  #id: string | undefined;
  #event = '';
  #data: string[] = [];
  #hasFields = false;
  #characters = 0;

  /** The frames that this piece completes. Throws `FrameTooLong`. */
  push(piece: string): Frame[] {
    if (piece === '') return [];
    // A line feed after a carriage return belongs to it, also when a new piece begins between.
    const text = this.#endedInReturn && piece.startsWith('\n') ? piece.slice(1) : piece;
    this.#endedInReturn = piece.endsWith('\r');
    const lines = (this.#line + text).split(/\r\n|\n|\r/);
    this.#line = lines.pop() ?? '';
    const frames: Frame[] = [];
    for (const line of lines) {
      if (line === '') frames.push(...this.#end());
      else this.#field(line);
    }
    if (this.#characters + this.#line.length > FRAME_CHARACTERS) {
      throw new FrameTooLong(`A frame is longer than ${FRAME_CHARACTERS} characters`);
    }
    return frames;
  }

  #field(line: string): void {
    this.#characters += line.length;
    const colon = line.indexOf(':');
    // A line that begins with a colon is a comment.
    if (colon === 0) return;
    const name = colon === -1 ? line : line.slice(0, colon);
    const given = colon === -1 ? '' : line.slice(colon + 1);
    const value = given.startsWith(' ') ? given.slice(1) : given;
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
    else return;
    this.#hasFields = true;
  }

  #end(): Frame[] {
    const frame = {
      id: this.#id,
      event: this.#event === '' ? 'message' : this.#event,
      data: this.#data.join('\n'),
    };
    const frames = this.#hasFields ? [frame] : [];
    this.#event = '';
    this.#data = [];
    this.#hasFields = false;
    this.#characters = 0;
    return frames;
  }
}
