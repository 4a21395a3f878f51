/** The body of a recording becomes items: parsed values, or why one line could not be parsed. */

import { LIMITS } from '@annals/contract/event';
import type { FieldError } from '@annals/contract/problem';
import { Fault } from '../fault.ts';

/** One event as it was sent, or the reason that it cannot be read. */
export type Item = { readonly value: unknown } | { readonly unreadable: string };

export interface Body {
  readonly items: readonly Item[];
  /** True if escapes in the text may stand for NUL or half a surrogate pair: look closer. */
  readonly isSuspicious: boolean;
}

const decoder = new TextDecoder('utf-8', { fatal: true });
/** `\u0000` and `\ud800` to `\udfff`: the only ways such characters enter through valid UTF-8. */
const SUSPICIOUS = /\\u(?:0000|[dD][89a-fA-F])/;

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new Fault('invalid_json', 'The body is not UTF-8.', { cause });
  }
}

/** Where parsing stopped, from V8's message, without the text around it: that is a value. */
function position(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const found = /position (\d+)/.exec(message)?.[1];
  if (found !== undefined) return `Not valid JSON at character ${found}.`;
  return message.includes('end of JSON') ? 'The JSON ends too early.' : 'This is not JSON.';
}

function parseDocument(text: string): Item[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Fault('invalid_json', position(cause));
  }
  if (!Array.isArray(value)) return [{ value }];
  checkCount(value.length);
  return value.map((item: unknown) => ({ value: item }));
}

function parseLine(line: string): Item {
  try {
    return { value: JSON.parse(line) };
  } catch (error) {
    return { unreadable: position(error) };
  }
}

function checkCount(events: number): void {
  if (events <= LIMITS.requestEvents) return;
  const detail = `The request holds more than ${LIMITS.requestEvents} events.`;
  throw new Fault('too_many_events', detail);
}

/** Lines that are not blank. Stops at the limit: ten megabytes can hold millions of lines. */
function linesOf(text: string): string[] {
  const lines: string[] = [];
  const visible = /\S/g;
  while (visible.test(text)) {
    checkCount(lines.length + 1);
    const end = text.indexOf('\n', visible.lastIndex);
    lines.push(text.slice(visible.lastIndex - 1, end === -1 ? undefined : end));
    if (end === -1) break;
    visible.lastIndex = end;
  }
  return lines;
}

/**
 * Items of a JSON or NDJSON body. Throws Fault `invalid_json` (a JSON body that is none, or not
 * UTF-8), `invalid_body` (no event) or `too_many_events`.
 */
export function readBody(bytes: Uint8Array, isNdjson: boolean): Body {
  const text = decode(bytes);
  const items = isNdjson ? linesOf(text).map(parseLine) : parseDocument(text);
  if (items.length === 0) {
    const errors: FieldError[] = [{ path: '', detail: 'must hold at least one event' }];
    throw new Fault('invalid_body', 'The body holds no event.', { errors });
  }
  return { items, isSuspicious: SUSPICIOUS.test(text) };
}
