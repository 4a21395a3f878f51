/** Whether an event may be stored, and in which words it is refused: field and limit, no value. */
import type { ErrorCode } from '@annals/contract/errors';
import { EventInput, LIMITS } from '@annals/contract/event';
import { OWN_ACTIONS } from '@annals/contract/own-events';
import { pointerPart } from '@annals/contract/pointer';
import { describeShapeErrors } from '@annals/contract/shape-errors';
import { parseInstant } from '@annals/contract/time';
import { Compile } from 'typebox/schema';

/** Characters of a path that are told and kept: names in it may be as long as an event. */
const PATH_LENGTH = 512;
const NAMES_TOLD = 8;
const NAME_LENGTH = 64;

/** An event is refused; the request's other events are not. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly path: string;

  constructor(code: ErrorCode, path: string, detail: string) {
    super(detail);
    this.code = code;
    this.path = path.length <= PATH_LENGTH ? path : `${path.slice(0, PATH_LENGTH)}…`;
  }
}

const shape = Compile(EventInput);
/** Keys that mean something in a leaf or in JavaScript: an event cannot use them. */
const FORBIDDEN_KEYS = new Set(['_sd', '_sd_alg', '...', '__proto__', '_erased']);
const EARLIEST_MS = 0;
/** Depth of a value in `metadata` or `labels`; of one in `changes[i].before`. */
const DEPTH = { metadata: 2, change: 4 } as const;

const invalid = (path: string, detail: string) => new Refusal('invalid_event', path, detail);

function shapeRefusal(value: unknown): Refusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return invalid('', 'An event is a JSON object.');
  }
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(EventInput.properties, name));
  const [first] = unknown;
  if (first !== undefined) {
    const names = unknown.slice(0, NAMES_TOLD).map((name) => `"${name.slice(0, NAME_LENGTH)}"`);
    return invalid(`/${pointerPart(first)}`, `There is no field ${names.join(', ')} here.`);
  }
  const [error] = describeShapeErrors(shape.Errors(value)[1]);
  return error
    ? invalid(error.path, error.detail)
    : invalid('', 'The event does not have the expected form.');
}

function checkString(text: string, path: string): void {
  if (!text.isWellFormed()) throw invalid(path, 'This text holds half a surrogate pair.');
  if (text.includes('\0')) throw invalid(path, 'This text holds the character U+0000.');
}

/** Free-form JSON: depth, numbers, keys, and, if the raw text gave reason to, every string. */
function checkFree(value: unknown, path: string, depth: number, isSuspicious: boolean): void {
  if (typeof value === 'string') {
    if (isSuspicious) checkString(value, path);
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      throw invalid(path, 'This number is beyond 2^53 − 1; send it as a string.');
    }
  } else if (typeof value === 'object' && value !== null) {
    if (depth > LIMITS.depth) throw invalid(path, `This lies deeper than ${LIMITS.depth} levels.`);
    const isList = Array.isArray(value);
    for (const [key, inner] of Object.entries(value)) {
      const innerPath = `${path}/${pointerPart(key)}`;
      if (!isList && FORBIDDEN_KEYS.has(key)) throw invalid(innerPath, 'This name is reserved.');
      if (!isList && isSuspicious) checkString(key, path);
      checkFree(inner, innerPath, depth + 1, isSuspicious);
    }
  }
}

function checkActor(event: EventInput): void {
  const { type, id } = event.actor;
  if (id === undefined && type !== 'anonymous' && type !== 'system') {
    throw invalid('/actor/id', `An actor of type "${type}" needs an id.`);
  }
}

/**
 * The event and its time in ms. Throws Refusal.
 * `isSuspicious`: the raw text holds escapes that may stand for NUL or half a surrogate pair.
 */
export function checkEvent(
  value: unknown,
  now: number,
  isSuspicious: boolean,
): { event: EventInput; occurredAt: number } {
  if (!shape.Check(value)) throw shapeRefusal(value);
  checkActor(value);
  if (value.action.startsWith(OWN_ACTIONS)) {
    throw invalid('/action', `Actions that begin with ${OWN_ACTIONS} are the log's own.`);
  }
  const occurredAt = parseInstant(value.occurred_at);
  if (occurredAt === undefined) {
    throw invalid('/occurred_at', 'This is not an RFC 3339 time with a zone.');
  }
  if (occurredAt < EARLIEST_MS) throw invalid('/occurred_at', 'This time lies before 1970.');
  if (occurredAt > now + LIMITS.futureMs) {
    const minutes = LIMITS.futureMs / 60_000;
    throw invalid('/occurred_at', `This time lies more than ${minutes} minutes ahead.`);
  }
  checkFree(value.metadata, '/metadata', DEPTH.metadata, isSuspicious);
  checkFree(value.labels, '/labels', DEPTH.metadata, isSuspicious);
  for (const [index, change] of (value.changes ?? []).entries()) {
    checkFree(change.before, `/changes/${index}/before`, DEPTH.change, isSuspicious);
    checkFree(change.after, `/changes/${index}/after`, DEPTH.change, isSuspicious);
  }
  if (isSuspicious) checkFree(value, '', 1, true);
  return { event: value, occurredAt };
}
