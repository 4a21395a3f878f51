/**
 * Webhooks by the Standard Webhooks specification 1.0. Whoever may name an address must not make
 * this server ask its own network: a name is resolved once, each address found is judged, and the
 * connection goes to one of those.
 */
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { addAbortListener } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './addresses.ts';
import {
  assertId,
  connectionReason,
  failed,
  failedForGood,
  type Outcome,
  SENT,
} from './outcome.ts';

/** For all of it: what the specification advises at least. */
const TIMEOUT_MS = 15_000;
/** Read of an answer, so that receivers who speak see their answer taken; nobody looks at it. */
const ANSWER_BYTES_MAX = 64 * 1_024;
/** The longest wait that a receiver can ask for. */
const RETRY_AFTER_MS_MAX = 86_400_000;
const URL_CHARACTERS_MAX = 2_000;
const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const NOT_PUBLIC = 'Its address is not public.';

export interface WebhookMessage {
  readonly url: string;
  /** As `newSecret` makes it. */
  readonly secret: string;
  /** The same at each try: receivers know by it what they have got already. */
  readonly id: string;
  /** When this try is made, in ms. */
  readonly at: number;
  readonly payload: unknown;
}

interface WebhookOptions {
  /** Receivers in private networks and plain http. */
  readonly allowPrivate: boolean;
  readonly timeoutMs?: number;
  readonly resolve?: (name: string) => Promise<readonly LookupAddress[]>;
}

/** Signs what goes to one receiver: 32 random bytes. */
export const newSecret = (): string =>
  `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;

function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  const isKey = secret.startsWith(SECRET_PREFIX) && key.length >= 24 && key.length <= 64;
  assert.ok(isKey, 'the secret of a webhook');
  return key;
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** Why an address may not be used, before anything is resolved; undefined if it may. */
export function checkWebhookUrl(text: string, allowPrivate: boolean): string | undefined {
  if (text.length > URL_CHARACTERS_MAX) {
    return `It must have at most ${URL_CHARACTERS_MAX} characters.`;
  }
  const url = URL.parse(text);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (!url || !isWeb) return 'It must be an address that begins with https://.';
  if (url.username !== '' || url.password !== '') {
    return 'It must not hold a user name or a password.';
  }
  if (allowPrivate) return undefined;
  if (url.protocol !== 'https:') return 'It must begin with https://.';
  const host = hostOf(url);
  const isLocal = /(^|\.)localhost\.?$/.test(host);
  return isLocal || (isIP(host) !== 0 && !isPublicAddress(host)) ? NOT_PUBLIC : undefined;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** In place of a second look-up, which could find other addresses than those judged. */
const only =
  (addresses: readonly LookupAddress[]): LookupFunction =>
  (_name, { all }, done) => {
    const [first] = addresses;
    if (all || first === undefined) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };

async function drain(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes >= ANSWER_BYTES_MAX) return;
  }
}

interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

const post = (url: URL, addresses: readonly LookupAddress[], { headers, body, signal }: Post) =>
  new Promise<Answer>((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http;
    const options = { method: 'POST', agent: false, lookup: only(addresses), headers, signal };
    const sent = request(url, options, (response) => {
      const { statusCode: status = 0, headers } = response;
      // The receiver has decided: however its words end, they change nothing.
      const done = () => resolve({ status, retryAfter: headers['retry-after'] });
      sent.off('error', reject).on('error', done);
      drain(response).then(done, done);
    });
    sent.on('error', reject);
    // Neither an answer nor an error to Node, and the socket would stay open.
    sent.on('upgrade', ({ statusCode: status = 0 }, socket) => {
      socket.destroy();
      resolve({ status, retryAfter: undefined });
    });
    sent.end(body);
  });

function retryAfterMs(text: string, now: number): number {
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return ms > 0 ? Math.min(ms, RETRY_AFTER_MS_MAX) : 0;
}

function outcomeOf({ status, retryAfter }: Answer): Outcome {
  if (status >= 200 && status < 300) return SENT;
  if (status === 410) return failedForGood('The receiver answered 410: it wants no more.');
  const outcome =
    status >= 300 && status < 400
      ? failed('It redirects; webhooks follow no redirect.')
      : failed(`The receiver answered ${status}.`);
  const wait = retryAfter === undefined ? 0 : retryAfterMs(retryAfter, Date.now());
  return wait === 0 ? outcome : { ...outcome, retryAfterMs: wait };
}

/** Rejects once the signal is aborted, for work that knows no signal. */
async function until<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  using _listener = addAbortListener(signal, () => reject(signal.reason));
  return await Promise.race([work, promise]);
}

export class Webhooks {
  readonly #allowPrivate: boolean;
  readonly #timeoutMs: number;
  readonly #resolve: (name: string) => Promise<readonly LookupAddress[]>;

  constructor({
    allowPrivate,
    timeoutMs = TIMEOUT_MS,
    resolve = (name) => lookup(name, { all: true }),
  }: WebhookOptions) {
    this.#allowPrivate = allowPrivate;
    this.#timeoutMs = timeoutMs;
    this.#resolve = resolve;
  }

  /** Tries once. Throws only the reason of the caller's signal. */
  async send(message: WebhookMessage, signal?: AbortSignal): Promise<Outcome> {
    const refusal = checkWebhookUrl(message.url, this.#allowPrivate);
    if (refusal !== undefined) return failedForGood(refusal);
    const url = new URL(message.url);
    const { headers, body } = signed(message);
    signal?.throwIfAborted();
    const limit = AbortSignal.timeout(this.#timeoutMs);
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    try {
      const addresses = await until(this.#addressesOf(url), either);
      const isAllowed =
        this.#allowPrivate || addresses.every(({ address }) => isPublicAddress(address));
      if (!isAllowed) return failedForGood(NOT_PUBLIC);
      return outcomeOf(await post(url, addresses, { headers, body, signal: either }));
    } catch (error) {
      signal?.throwIfAborted();
      if (limit.aborted) {
        return failed(`The receiver did not answer within ${this.#timeoutMs / 1_000} s.`);
      }
      return failed(connectionReason('receiver', (error as NodeJS.ErrnoException).code));
    }
  }

  async #addressesOf(url: URL): Promise<readonly LookupAddress[]> {
    const host = hostOf(url);
    const family = isIP(host);
    return family === 0 ? await this.#resolve(host) : [{ address: host, family }];
  }
}

function signed({ secret, id, at, payload }: WebhookMessage) {
  assertId(id);
  const timestamp = String(Math.floor(at / 1_000));
  const body = JSON.stringify(payload);
  const hmac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`);
  const headers = {
    ...{ 'content-type': 'application/json', 'user-agent': 'Annals' },
    'content-length': String(Buffer.byteLength(body)),
    ...{ 'webhook-id': id, 'webhook-timestamp': timestamp },
    'webhook-signature': `v1,${hmac.digest('base64')}`,
  };
  return { headers, body };
}
