/**
 * Settings: environment variables and an optional JSON file with the same names become one typed
 * object, checked at start. Zero settings must run; there is no default secret. Only this file
 * reads the environment.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LOG_LEVELS, type LogLevel } from './log.ts';

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Folder of the embedded database; made at start. */
  readonly dataDir: string;
  /** PostgreSQL, `postgres://…`; absent: the embedded SQLite file. */
  readonly databaseUrl: string | undefined;
  /** Connections to PostgreSQL: each open lane of recording takes one. */
  readonly databasePool: number;
  /** The instance's admin key; absent: made at first start and printed once. */
  readonly adminKey: string | undefined;
  /** First part of every log's origin; chosen once at first start. */
  readonly logName: string | undefined;
  /** Believe X-Forwarded-* of the proxy in front: only when there is one. */
  readonly trustProxy: boolean;
  /** Requests a minute and key; 0 switches the limit off. */
  readonly rateLimit: number;
  /** Events that may wait to be recorded: beyond it the answer is 503 at once. */
  readonly queueEvents: number;
  /** How long a stopping server waits for requests under way, in ms. */
  readonly stopTimeoutMs: number;
  readonly logLevel: LogLevel;
}

interface Setting<T> {
  readonly name: string;
  readonly read: (text: string) => T;
  readonly fallback: T;
}

const integer =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new Error(`must be a whole number from ${min} to ${max}`);
    }
    return value;
  };
const word = (text: string): string => text;
const flag = (text: string): boolean => {
  if (text === '1' || text === 'true') return true;
  if (text === '0' || text === 'false') return false;
  throw new Error('must be 1, 0, true or false');
};
const matching =
  (pattern: RegExp, form: string) =>
  (text: string): string => {
    if (!pattern.test(text)) throw new Error(`must be ${form}`);
    return text;
  };
const level = (text: string): LogLevel => {
  const found = LOG_LEVELS.find((name) => name === text);
  if (found === undefined) throw new Error(`must be one of ${LOG_LEVELS.join(', ')}`);
  return found;
};

const setting = <T>(name: string, fallback: T, read: (text: string) => T): Setting<T> => ({
  name,
  fallback,
  read,
});

/** Every setting with its name, default and form. The reference of settings is made from it. */
export const SETTINGS = {
  host: setting('ANNALS_HOST', '127.0.0.1', word),
  port: setting('ANNALS_PORT', 4600, integer(0, 65_535)),
  dataDir: setting('ANNALS_DATA', './data', word),
  databaseUrl: setting<string | undefined>(
    'DATABASE_URL',
    undefined,
    matching(/^postgres(ql)?:\/\//, 'a postgres:// address'),
  ),
  databasePool: setting('ANNALS_DATABASE_POOL', 10, integer(2, 100)),
  adminKey: setting<string | undefined>(
    'ANNALS_ADMIN_KEY',
    undefined,
    matching(/^[\x21-\x7e]{32,256}$/, '32 to 256 printable characters without spaces'),
  ),
  logName: setting<string | undefined>(
    'ANNALS_LOG_NAME',
    undefined,
    matching(/^[A-Za-z0-9._-]{1,200}$/, 'a host name of at most 200 characters'),
  ),
  trustProxy: setting('ANNALS_TRUST_PROXY', false, flag),
  rateLimit: setting('ANNALS_RATE_LIMIT', 6_000, integer(0, 10_000_000)),
  queueEvents: setting('ANNALS_QUEUE_EVENTS', 20_000, integer(1_000, 1_000_000)),
  stopTimeoutMs: setting('ANNALS_STOP_TIMEOUT_MS', 10_000, integer(100, 600_000)),
  logLevel: setting<LogLevel>('ANNALS_LOG_LEVEL', 'info', level),
} as const;

type Source = Readonly<Record<string, string | undefined>>;

const fileSettings = (path: string): Source => {
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Error(`${path}: must hold one JSON object`);
  }
  const names = new Set<string>(Object.values(SETTINGS).map(({ name }) => name));
  const unknown = Object.keys(parsed).find((name) => !names.has(name));
  if (unknown !== undefined) throw new Error(`${path}: there is no setting ${unknown}`);
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
};

/**
 * The settings from an environment; `ANNALS_CONFIG` names a JSON file whose values the
 * environment overrides. Throws an Error that names the setting and its form.
 */
export function loadConfig(environment: Source = process.env): Config {
  const path = environment['ANNALS_CONFIG'];
  const source = path ? { ...fileSettings(path), ...environment } : environment;
  const read = <T>({ name, fallback, read: parse }: Setting<T>): T => {
    const text = source[name];
    if (text === undefined || text === '') return fallback;
    try {
      return parse(text);
    } catch (error) {
      throw new Error(`${name} ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return {
    host: read(SETTINGS.host),
    port: read(SETTINGS.port),
    dataDir: resolve(read(SETTINGS.dataDir)),
    databaseUrl: read(SETTINGS.databaseUrl),
    databasePool: read(SETTINGS.databasePool),
    adminKey: read(SETTINGS.adminKey),
    logName: read(SETTINGS.logName),
    trustProxy: read(SETTINGS.trustProxy),
    rateLimit: read(SETTINGS.rateLimit),
    queueEvents: read(SETTINGS.queueEvents),
    stopTimeoutMs: read(SETTINGS.stopTimeoutMs),
    logLevel: read(SETTINGS.logLevel),
  };
}
