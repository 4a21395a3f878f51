/**
 * The server's log: JSON lines on standard output through pino. Never holds a query string, an
 * event's content or a token: callers pass names, numbers and codes only.
 */
import pino from 'pino';

export type Log = pino.Logger;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Lines are written together, in bytes: a system call a request costs more than the request. */
const GATHERED_BYTES = 8_192;
/** But no line waits longer than this, in ms. What waits is written when the process exits. */
const WAIT_MS = 500;

const standardOutput = (): pino.DestinationStream =>
  pino.destination({ dest: 1, sync: false, minLength: GATHERED_BYTES, periodicFlush: WAIT_MS });

/** `destination` takes the lines instead of standard output. */
export const createLog = (level: LogLevel, destination = standardOutput()): Log =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
