/**
 * Settings: environment variables and an optional JSON file with the same names become one typed
 * object, checked at start. Zero settings must run; there is no default secret. Only this file
 * reads the environment.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LOG_LEVELS, type LogLevel } from './log.ts';

/** One provider of single sign-on. */
export interface ProviderConfig {
  /** In addresses. */
  readonly name: string;
  /** For people. */
  readonly label: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Domains of e-mails that it is trusted to speak for, in lower case. */
  readonly domains: readonly string[];
}

/** A bucket for exported files. */
export interface S3Config {
  readonly bucket: string;
  readonly region: string;
  /** Undefined: Amazon's. */
  readonly endpoint: string | undefined;
  /** Before the name of each file. */
  readonly prefix: string;
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  /** `AES256`, `aws:kms`, or the id of a key; undefined: as the bucket does by itself. */
  readonly encryption: string | undefined;
  /** Whether browsers are led to the bucket, in place of getting the file from here. */
  readonly links: boolean;
}

/** The mail server that takes our mails. */
export interface SmtpConfig {
  readonly host: string;
  readonly port: number;
  /** Encrypted from the first byte on. */
  readonly isSecure: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
}
export interface MailConfig {
  readonly smtp: SmtpConfig;
  readonly from: string;
  /** The largest file that goes with a mail. */
  readonly attachBytes: number;
}

/** Typed values; what each means stands beside its name in `SETTINGS`. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly databasePool: number;
  readonly adminKey: string | undefined;
  readonly logName: string | undefined;
  readonly trustProxy: boolean;
  readonly rateLimit: number;
  readonly queueEvents: number;
  readonly stopTimeoutMs: number;
  readonly logLevel: LogLevel;
  readonly publicUrl: string | undefined;
  readonly authSecret: string | undefined;
  readonly sessionIdleHours: number;
  readonly sessionDays: number;
  readonly oidc: readonly ProviderConfig[];
  readonly exportsDir: string;
  readonly exportDays: number;
  readonly s3: S3Config | undefined;
  /** Undefined: no mails are sent. */
  readonly mail: MailConfig | undefined;
  readonly webhookPrivate: boolean;
}

/** What a text must be, in words that follow "must be", and how it becomes a value. */
interface Form<T> {
  readonly words: string;
  /** Undefined if the text does not have the form. */
  readonly parse: (text: string) => T | undefined;
}

interface Setting<T> {
  readonly name: string;
  /** What it does, with unit and reason. */
  readonly meaning: string;
  readonly fallback: T;
  readonly form: Form<NonNullable<T>>;
}

const integer = (min: number, max: number): Form<number> => ({
  words: `a whole number from ${min} to ${max}`,
  parse: (text) => {
    const value = Number(text);
    return Number.isInteger(value) && value >= min && value <= max ? value : undefined;
  },
});
const anyText = (words: string): Form<string> => ({ words, parse: (text) => text });
const flag: Form<boolean> = {
  words: '1, 0, true or false',
  parse: (text) =>
    text === '1' || text === 'true' ? true : text === '0' || text === 'false' ? false : undefined,
};
const matching = (pattern: RegExp, words: string): Form<string> => ({
  words,
  parse: (text) => (pattern.test(text) ? text : undefined),
});
const level: Form<LogLevel> = {
  words: `one of ${LOG_LEVELS.join(', ')}`,
  parse: (text) => LOG_LEVELS.find((name) => name === text),
};

const ORIGIN = /^https?:\/\/[a-z0-9.-]+(:\d+)?$/;
const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?(\/|$)/;
const PROVIDER_NAME = /^[a-z][a-z0-9-]{0,31}$/;
const PROVIDERS_MOST = 20;

/** Undefined if it is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined if it does not have the form. */
function providerOf(value: unknown): ProviderConfig | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const {
    name,
    issuer,
    client_id,
    client_secret,
    label = name,
    domains,
    ...rest
  } = {
    ...{ name: '', issuer: '', client_id: '', client_secret: '', domains: [] as unknown },
    ...(value as { readonly label?: unknown }),
  };
  const texts = [name, label, issuer, client_id, client_secret];
  const areTexts = texts.every((text) => typeof text === 'string' && text !== '');
  if (!areTexts || typeof label !== 'string' || Object.keys(rest).length > 0) return undefined;
  if (!PROVIDER_NAME.test(name) || !URL.canParse(issuer)) return undefined;
  if (!issuer.startsWith('https://') && !LOOPBACK.test(issuer)) return undefined;
  if (!Array.isArray(domains)) return undefined;
  const names = domains.map((domain) => String(domain).toLowerCase());
  if (!names.every((domain) => /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(domain))) return undefined;
  const client = { clientId: client_id, clientSecret: client_secret };
  return { name, label, issuer, ...client, domains: names };
}

const providers: Form<readonly ProviderConfig[]> = {
  words:
    'a JSON list of objects with name, issuer (https), client_id, client_secret, domains (a ' +
    'list) and optionally label; each name once',
  parse(text) {
    const parsed = jsonOf(text);
    if (!Array.isArray(parsed) || parsed.length > PROVIDERS_MOST) return undefined;
    const found = parsed.flatMap((value) => providerOf(value) ?? []);
    const names = new Set(found.map(({ name }) => name));
    return names.size === parsed.length ? found : undefined;
  },
};

/** Undefined if it does not have the form. */
function bucketOf(value: unknown): S3Config | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { bucket, region, endpoint, prefix, links, encryption, ...rest } = {
    ...{ bucket: '', region: 'us-east-1', prefix: '', links: false },
    ...{ endpoint: undefined, encryption: undefined },
    ...value,
  };
  const { access_key_id, secret_access_key, ...unknown } = {
    ...{ access_key_id: undefined, secret_access_key: undefined },
    ...rest,
  };
  const isText = (one: unknown): one is string => typeof one === 'string' && one !== '';
  const isAbsent = (one: unknown): one is string | undefined => one === undefined || isText(one);
  if (Object.keys(unknown).length > 0 || typeof links !== 'boolean') return undefined;
  if (!isText(bucket) || !isText(region) || typeof prefix !== 'string') return undefined;
  if (!isAbsent(endpoint) || !isAbsent(encryption)) return undefined;
  if (!isAbsent(access_key_id) || !isAbsent(secret_access_key)) return undefined;
  if ((access_key_id === undefined) !== (secret_access_key === undefined)) return undefined;
  if (endpoint !== undefined && !/^https?:/.test(endpoint)) return undefined;
  const keys = { accessKeyId: access_key_id, secretAccessKey: secret_access_key };
  return { bucket, region, endpoint, prefix, encryption, links, ...keys };
}

const bucketForm: Form<S3Config> = {
  words:
    'a JSON object with bucket and optionally region, endpoint, prefix, access_key_id with ' +
    'secret_access_key, encryption, links',
  parse: (text) => bucketOf(jsonOf(text)),
};

/** Undefined if it does not have the form. */
function smtpOf(text: string): SmtpConfig | undefined {
  const url = URL.parse(text);
  const isSecure = url?.protocol === 'smtps:';
  if (!url || !(isSecure || url.protocol === 'smtp:') || url.hostname === '') return undefined;
  if (!['', '/'].includes(url.pathname + url.search + url.hash)) return undefined;
  if ((url.username === '') !== (url.password === '')) return undefined;
  const decoded = (part: string) => (part === '' ? undefined : decodeURIComponent(part));
  try {
    const [user, password] = [decoded(url.username), decoded(url.password)];
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port) || (isSecure ? 465 : 587);
    return { host, port, isSecure, user, password };
  } catch {
    return undefined;
  }
}

const smtpForm: Form<SmtpConfig> = {
  words: 'an address as in smtp://user:password@mail.example:587, or with smtps://',
  parse: smtpOf,
};

const setting = <T>(entry: Setting<T>): Setting<T> => entry;

/** Every setting. The reference of settings is made from it. */
export const SETTINGS = {
  host: setting({
    name: 'ANNALS_HOST',
    meaning:
      'Address to listen on. The default is reached from this machine only, since the server ' +
      'speaks plain HTTP; `0.0.0.0` listens everywhere.',
    fallback: '127.0.0.1',
    form: anyText('an IP address or a host name'),
  }),
  port: setting({
    name: 'ANNALS_PORT',
    meaning: 'Port to listen on; 0 takes a free one and prints it.',
    fallback: 4600,
    form: integer(0, 65_535),
  }),
  dataDir: setting({
    name: 'ANNALS_DATA',
    meaning:
      'Folder of the embedded database, made at start. A relative one counts from where the ' +
      'server is started. Unused with `DATABASE_URL`.',
    fallback: './data',
    form: anyText('a path'),
  }),
  databaseUrl: setting<string | undefined>({
    name: 'DATABASE_URL',
    meaning: 'PostgreSQL 15 or newer. Without it the embedded SQLite file is used.',
    fallback: undefined,
    form: matching(/^postgres(ql)?:\/\//, 'a postgres:// address'),
  }),
  databasePool: setting({
    name: 'ANNALS_DATABASE_POOL',
    meaning:
      'Connections of one server to PostgreSQL. Two are kept for reading; each of the others ' +
      'can record for one tenant at a time.',
    fallback: 10,
    form: integer(2, 100),
  }),
  adminKey: setting<string | undefined>({
    name: 'ANNALS_ADMIN_KEY',
    meaning:
      'The key that may do everything. Another value at a later start replaces the key of ' +
      'before. Without it the first start makes one and prints it once.',
    fallback: undefined,
    form: matching(/^[\x21-\x7e]{32,256}$/, '32 to 256 printable characters without spaces'),
  }),
  logName: setting<string | undefined>({
    name: 'ANNALS_LOG_NAME',
    meaning:
      'First part of the name of every tenant’s log, which is in every leaf. Counts at the ' +
      'first start only, since it can never change. Without it a random name is made.',
    fallback: undefined,
    form: matching(/^[A-Za-z0-9._-]{1,200}$/, 'a host name of at most 200 characters'),
  }),
  trustProxy: setting({
    name: 'ANNALS_TRUST_PROXY',
    meaning:
      'Believe the `X-Forwarded-*` headers. Only behind a proxy that sets them: else anybody ' +
      'can name any address.',
    fallback: false,
    form: flag,
  }),
  rateLimit: setting({
    name: 'ANNALS_RATE_LIMIT',
    meaning:
      'Requests a minute and key, for each server, so that one client cannot take it all. What ' +
      'needs no key is counted by IP address. 0 switches the limit off.',
    fallback: 6_000,
    form: integer(0, 10_000_000),
  }),
  queueEvents: setting({
    name: 'ANNALS_QUEUE_EVENTS',
    meaning:
      'Events that may wait to be recorded. Beyond it the answer is 503 at once, which bounds ' +
      'memory and waiting.',
    fallback: 20_000,
    form: integer(1_000, 1_000_000),
  }),
  stopTimeoutMs: setting({
    name: 'ANNALS_STOP_TIMEOUT_MS',
    meaning:
      'How long a stopping server waits for requests under way, in ms. Keep it below the time ' +
      'after which your process manager kills.',
    fallback: 10_000,
    form: integer(100, 600_000),
  }),
  logLevel: setting<LogLevel>({
    name: 'ANNALS_LOG_LEVEL',
    meaning: 'What is logged; `info` is one line a request.',
    fallback: 'info',
    form: level,
  }),
  publicUrl: setting<string | undefined>({
    name: 'ANNALS_PUBLIC_URL',
    meaning:
      'Where people reach this server, as in `https://annals.example`: single sign-on sends them ' +
      'back there, and only its pages may change anything for them. Without it, the host that a ' +
      'request names.',
    fallback: undefined,
    form: matching(ORIGIN, 'an origin as in https://annals.example, without a path'),
  }),
  authSecret: setting<string | undefined>({
    name: 'ANNALS_AUTH_SECRET',
    meaning:
      'Signs cookies of people and encrypts their secrets for one-time codes. Without it the ' +
      'first start makes one and keeps it in the database. Another value ends all sign-ins under ' +
      'way and makes one-time codes useless.',
    fallback: undefined,
    form: matching(/^[\x21-\x7e]{32,256}$/, '32 to 256 printable characters without spaces'),
  }),
  sessionIdleHours: setting({
    name: 'ANNALS_SESSION_IDLE_HOURS',
    meaning: 'People who do nothing for so many hours are signed out: a working day.',
    fallback: 12,
    form: integer(1, 720),
  }),
  sessionDays: setting({
    name: 'ANNALS_SESSION_DAYS',
    meaning: 'People sign in again after so many days at the latest.',
    fallback: 30,
    form: integer(1, 365),
  }),
  exportsDir: setting<string | undefined>({
    name: 'ANNALS_EXPORTS',
    meaning:
      'Folder of exported files, made when it is needed; several servers of one database share ' +
      'it. Without it, `exports` in the folder of `ANNALS_DATA`.',
    fallback: undefined,
    form: anyText('a path'),
  }),
  exportDays: setting({
    name: 'ANNALS_EXPORT_DAYS',
    meaning: 'Exported files are deleted after so many days; that they were made stays known.',
    fallback: 30,
    form: integer(1, 3_650),
  }),
  s3: setting<S3Config | undefined>({
    name: 'ANNALS_S3',
    meaning:
      'A bucket for exported files in place of a folder, as JSON. `endpoint` is that of a server ' +
      'which is not Amazon’s. Without keys the usual places are looked at: `AWS_ACCESS_KEY_ID`, ' +
      'a role of the machine. `encryption` is `AES256`, `aws:kms` or the id of a key. With ' +
      '`links` browsers are led to the bucket by a link that is good for five minutes; else the ' +
      'file comes from this server.',
    fallback: undefined,
    form: bucketForm,
  }),
  smtp: setting<SmtpConfig | undefined>({
    name: 'ANNALS_SMTP',
    meaning:
      'The mail server that reports are sent by; needs `ANNALS_MAIL_FROM`. `smtps://` is ' +
      'encrypted from the start, on port 465; `smtp://` on port 587, encrypted as soon as the ' +
      'server offers it, and always before a password is sent. User and password are ' +
      'percent-encoded. Without it no mails are sent.',
    fallback: undefined,
    form: smtpForm,
  }),
  mailFrom: setting<string | undefined>({
    name: 'ANNALS_MAIL_FROM',
    meaning: 'The sender of mails, as in `annals@company.example`.',
    fallback: undefined,
    form: matching(
      /^[\w.+-]{1,64}@[a-zA-Z0-9.-]{1,255}$/,
      'an address as in annals@company.example',
    ),
  }),
  mailAttachMb: setting({
    name: 'ANNALS_MAIL_ATTACH_MB',
    meaning:
      'Files up to so many MiB go with a mail, larger ones are linked to. With 0 all are linked ' +
      'to, since a log that is attached lies in mailboxes for ever.',
    fallback: 0,
    form: integer(0, 25),
  }),
  webhookPrivate: setting({
    name: 'ANNALS_WEBHOOK_PRIVATE',
    meaning:
      'Whether webhooks may go to private addresses and by plain http: for receivers in your own ' +
      'network. Whoever may set up a webhook can then make this server send to any machine there.',
    fallback: false,
    form: flag,
  }),
  oidc: setting<readonly ProviderConfig[]>({
    name: 'ANNALS_OIDC',
    meaning:
      'Providers of single sign-on (OpenID Connect), as JSON; needs `ANNALS_PUBLIC_URL`. ' +
      '`domains` are those of e-mails that the provider is trusted to speak for.',
    fallback: [],
    form: providers,
  }),
} as const;

type Source = Readonly<Record<string, string | undefined>>;

const fileSettings = (path: string): Source => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    // Never the parser's words: they quote the file, which may hold a key.
    const why = cause instanceof SyntaxError ? 'it is not valid JSON' : String(cause);
    throw new Error(`Cannot read the file ${path} that ANNALS_CONFIG names: ${why}`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Error(`${path}: must hold one JSON object`);
  }
  const names = new Set<string>(Object.values(SETTINGS).map(({ name }) => name));
  const unknown = Object.keys(parsed).find((name) => !names.has(name));
  if (unknown !== undefined) throw new Error(`${path}: there is no setting ${unknown}`);
  const textOf = (value: unknown) =>
    typeof value === 'object' ? JSON.stringify(value) : String(value);
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, textOf(value)]));
};

/**
 * The settings from an environment; `ANNALS_CONFIG` names a JSON file whose values the
 * environment overrides. Throws an Error that names the setting and its form.
 */
export function loadConfig(environment: Source = process.env): Config {
  const path = environment['ANNALS_CONFIG'];
  const source = path ? { ...fileSettings(path), ...environment } : environment;
  const read = <T>({ name, fallback, form }: Setting<T>): T => {
    const text = source[name];
    if (text === undefined || text === '') return fallback;
    const value = form.parse(text);
    if (value === undefined) throw new Error(`${name} must be ${form.words}`);
    return value;
  };
  const [publicUrl, oidc] = [read(SETTINGS.publicUrl), read(SETTINGS.oidc)];
  if (oidc.length > 0 && publicUrl === undefined) {
    throw new Error(`${SETTINGS.oidc.name} needs ${SETTINGS.publicUrl.name} beside it`);
  }
  const [smtp, from] = [read(SETTINGS.smtp), read(SETTINGS.mailFrom)];
  if (smtp !== undefined && from === undefined) {
    throw new Error(`${SETTINGS.smtp.name} needs ${SETTINGS.mailFrom.name} beside it`);
  }
  const attachBytes = read(SETTINGS.mailAttachMb) * 1_024 * 1_024;
  const dataDir = resolve(read(SETTINGS.dataDir));
  return {
    host: read(SETTINGS.host),
    port: read(SETTINGS.port),
    dataDir,
    databaseUrl: read(SETTINGS.databaseUrl),
    databasePool: read(SETTINGS.databasePool),
    adminKey: read(SETTINGS.adminKey),
    logName: read(SETTINGS.logName),
    trustProxy: read(SETTINGS.trustProxy),
    rateLimit: read(SETTINGS.rateLimit),
    queueEvents: read(SETTINGS.queueEvents),
    stopTimeoutMs: read(SETTINGS.stopTimeoutMs),
    logLevel: read(SETTINGS.logLevel),
    publicUrl,
    authSecret: read(SETTINGS.authSecret),
    sessionIdleHours: read(SETTINGS.sessionIdleHours),
    sessionDays: read(SETTINGS.sessionDays),
    oidc,
    exportsDir: resolve(read(SETTINGS.exportsDir) ?? join(dataDir, 'exports')),
    exportDays: read(SETTINGS.exportDays),
    s3: read(SETTINGS.s3),
    mail: smtp && from !== undefined ? { smtp, from, attachBytes } : undefined,
    webhookPrivate: read(SETTINGS.webhookPrivate),
  };
}
