/** The body of a recording becomes items: parsed values, or why one line could not be parsed. */
import type { FieldError } from '@annals/contract/errors';
import { LIMITS } from '@annals/contract/event';
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
  return found === undefined ? 'The JSON ends too early.' : `Not valid JSON at character ${found}.`;
}

function parseDocument(text: string): Item[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Fault('invalid_json', position(cause));
  }
  return Array.isArray(value) ? value.map((item: unknown) => ({ value: item })) : [{ value }];
}

function parseLine(line: string): Item {
  try {
    return { value: JSON.parse(line) };
  } catch (error) {
    return { unreadable: position(error) };
  }
}

/**
 * Items of a JSON or NDJSON body. Throws Fault `invalid_json` (a JSON body that is none, or not
 * UTF-8), `invalid_body` (no event) or `too_many_events`.
 */
export function readBody(bytes: Uint8Array, isNdjson: boolean): Body {
  const text = decode(bytes);
  const items = isNdjson
    ? text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map(parseLine)
    : parseDocument(text);
  if (items.length === 0) {
    const errors: FieldError[] = [{ path: '', detail: 'must hold at least one event' }];
    throw new Fault('invalid_body', 'The body holds no event.', { errors });
  }
  if (items.length > LIMITS.requestEvents) {
    throw new Fault(
      'too_many_events',
      `The request holds ${items.length} events; the limit is ${LIMITS.requestEvents}.`,
    );
  }
  return { items, isSuspicious: SUSPICIOUS.test(text) };
}
