/**
 * Secrets that no project wants in its log: names whose values are removed (`password`), and forms
 * of text that are removed wherever they stand (a private key). Pure. A net, not a proof: it takes
 * what looks like a secret, and leaves everything else as it is, to the byte.
 * Bounds: time grows with the length of the text; recursion is bounded by the event's depth.
 */

/** Stands in place of whatever was removed. */
export const SECRET_REMOVED = '[secret removed]';

/** A name that ends so, lower-cased and without separators, names a secret. */
const SECRET_ENDINGS = [
  ...['password', 'passwords', 'passwordhash', 'passwd', 'passphrase', 'passcode', 'pwd'],
  ...['secret', 'secrets', 'secretstring', 'secretbinary', 'secretvalue'],
  // Not `tokens`: that is mostly a count (`max_tokens`, `input_tokens`).
  ...['token', 'accesstokens', 'refreshtokens', 'apitokens', 'authtokens', 'sessiontokens'],
  ...['apikey', 'apikeys', 'privatekey', 'privatekeys', 'secretkey', 'secretkeys'],
  ...['secretaccesskey', 'sharedaccesskey', 'connectionstring', 'cookie', 'cookies'],
  ...['credential', 'credentials', 'recoverycode', 'recoverycodes', 'backupcode', 'backupcodes'],
];

/** Secrets only as the whole name; as an ending they also mean other things. */
const SECRET_NAMES = new Set([
  ...['authorization', 'proxyauthorization', 'xauthorization', 'accesskey', 'sharedkey'],
  ...['jwt', 'otp', 'totp', 'cvv', 'cvc'],
]);

/** Places in a list and names of a request: they open nothing. */
const HARMLESS_ENDINGS = [
  ...['nexttoken', 'pagetoken', 'continuationtoken', 'paginationtoken', 'skiptoken', 'synctoken'],
  ...['deltatoken', 'clientrequesttoken', 'idempotencytoken', 'maxtoken'],
];

/** An object under one of these only tells about a secret, as `{"scope":…,"action":…}` does. */
const NAMES_OF_OBJECTS = new Set(['authorization', 'accesskey']);

/** Characters of a name that are looked at, from its end: more than the longest ending. */
const JUDGED_LENGTH = 64;
/** Names remembered: a program uses few, and who invents more loses only the speed. */
const REMEMBERED_NAMES = 2_048;
const remembered = new Map<string, boolean>();

const normalized = (name: string): string => name.replace(/[_\-. ]/g, '').toLowerCase();

/** Whether values under the name are secrets: `api_key`, `X-Api-Key`, `userPassword`, `PASSWD`. */
export const isSecretName = (name: string): boolean => {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const plain = normalized(name.slice(-JUDGED_LENGTH));
  const isSecret =
    SECRET_NAMES.has(plain) ||
    (SECRET_ENDINGS.some((ending) => plain.endsWith(ending)) &&
      !HARMLESS_ENDINGS.some((ending) => plain.endsWith(ending)));
  if (name.length > JUDGED_LENGTH) return isSecret;
  if (remembered.size >= REMEMBERED_NAMES) remembered.clear();
  remembered.set(name, isSecret);
  return isSecret;
};

const SCHEME = /(?:bearer|basic)[ \t]/i;
/** The end of a quoted name, as in JSON that is kept as a string. */
const NAME_END = /"\s{0,8}:/;

/** Cheap first look: false means that `redactSecretText` would change nothing. */
export const hasSecretForm = (text: string): boolean =>
  text.includes('eyJ') ||
  text.includes('-----BEGIN') ||
  SCHEME.test(text) ||
  (text.includes('"') && NAME_END.test(text));

/**
 * The text with each secret replaced by `[secret removed]`: blocks of PEM private keys, JSON Web
 * Tokens, values after `Bearer` and `Basic`, and values of secret names in JSON kept as a string,
 * however often that JSON was itself put into a string. Objects and lists under such a name are
 * not taken as a whole. The same string if there is nothing to remove.
 */
export const redactSecretText = (text: string): string => {
  if (!hasSecretForm(text)) return text;
  // Pairs first: they show best where a secret ends.
  return redactSchemes(redactTokens(redactPrivateKeys(redactPairs(text))));
};

/** A stretch of text, and what stands there afterwards. */
interface Cut {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** Cuts must come in order and must not overlap. */
const withCuts = (text: string, cuts: readonly Cut[]): string => {
  let rest = 0;
  let result = '';
  for (const { start, end, replacement } of cuts) {
    result += text.slice(rest, start) + replacement;
    rest = end;
  }
  return cuts.length === 0 ? text : result + text.slice(rest);
};

const redactPairs = (text: string): string => {
  const cuts: Cut[] = [];
  let next = 0;
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', next)) {
    next = colon + 1;
    const name = quotedNameBefore(text, colon);
    if (name === undefined || !isSecretName(name.text)) continue;
    const cut = secretValueAt(text, skipSpace(text, colon + 1, 1), name.escapes);
    if (cut === undefined) continue;
    next = cut.end;
    const removed = text.slice(cut.start, cut.end);
    if (removed !== '' && removed !== SECRET_REMOVED) cuts.push(cut);
  }
  return withCuts(text, cuts);
};

/** White space between a name, its colon and its value; more is not looked through. */
const SPACE_LENGTH = 8;

const skipSpace = (text: string, from: number, direction: 1 | -1): number => {
  let at = from;
  for (let count = 0; count < SPACE_LENGTH && /\s/.test(text.charAt(at)); count += 1) {
    at += direction;
  }
  return at;
};

const backslashesBefore = (text: string, at: number, from: number): number => {
  let count = 0;
  while (at - count > from && text[at - count - 1] === '\\') count += 1;
  return count;
};

/** The name that ends before the colon, and how many backslashes its quotation marks have. */
const quotedNameBefore = (
  text: string,
  colon: number,
): { text: string; escapes: number } | undefined => {
  const quote = skipSpace(text, colon - 1, -1);
  if (text[quote] !== '"') return undefined;
  const escapes = backslashesBefore(text, quote, 0);
  const end = quote - escapes;
  const near = text.slice(Math.max(0, end - JUDGED_LENGTH), end);
  const start = near.lastIndexOf('"');
  return start === -1 ? undefined : { text: near.slice(start + 1), escapes };
};

const NUMBER = /-?\d[\d.eE+-]*/y;

/** The string or number that begins there; undefined for what cannot be a secret, or is nested. */
const secretValueAt = (text: string, at: number, escapes: number): Cut | undefined => {
  const mark = `${'\\'.repeat(escapes)}"`;
  if (text.startsWith(mark, at)) {
    const start = at + mark.length;
    return { start, end: stringEnd(text, start, escapes), replacement: SECRET_REMOVED };
  }
  NUMBER.lastIndex = at;
  if (!NUMBER.test(text)) return undefined;
  return { start: at, end: NUMBER.lastIndex, replacement: `${mark}${SECRET_REMOVED}${mark}` };
};

/**
 * Where a string ends whose quotation marks have so many backslashes. In JSON put into strings n
 * times a mark has 2^n − 1 of them, and a backslash within the string is 2^(n+1) of them.
 */
const stringEnd = (text: string, start: number, escapes: number): number => {
  let quote = text.indexOf('"', start);
  for (; quote !== -1; quote = text.indexOf('"', quote + 1)) {
    const count = backslashesBefore(text, quote, start);
    // Fewer: the string around this one ends, so this one was cut off.
    if (count < escapes) return quote - count;
    if (count % (2 * (escapes + 1)) === escapes) return quote - escapes;
  }
  return text.length;
};

const PEM_BEGIN = '-----BEGIN ';
const PEM_LABEL = /([A-Z0-9 ]{1,64})-----/y;
const PEM_END = /-----END [A-Z0-9 ]{1,64}-----/g;

const redactPrivateKeys = (text: string): string => {
  const cuts: Cut[] = [];
  let hasEnd = true;
  let next = 0;
  for (let start = text.indexOf(PEM_BEGIN); start !== -1; start = text.indexOf(PEM_BEGIN, next)) {
    next = start + PEM_BEGIN.length;
    PEM_LABEL.lastIndex = next;
    const label = PEM_LABEL.exec(text)?.[1];
    if (label === undefined || !label.includes('PRIVATE KEY')) continue;
    const body = PEM_LABEL.lastIndex;
    PEM_END.lastIndex = body;
    // Once there is no end line, there is none for later blocks either: not searched again.
    hasEnd = hasEnd && PEM_END.test(text);
    next = hasEnd ? PEM_END.lastIndex : cutOffEnd(text, body);
    cuts.push({ start, end: next, replacement: SECRET_REMOVED });
  }
  return withCuts(text, cuts);
};

/** Where a block without its end line ends: with the text, or with the JSON string it is in. */
const cutOffEnd = (text: string, from: number): number => {
  const quote = text.indexOf('"', from);
  return quote === -1 ? text.length : quote - backslashesBefore(text, quote, from);
};

const BASE64URL_RUN = /[\w-]*/y;
const runEnd = (text: string, from: number): number => {
  BASE64URL_RUN.lastIndex = from;
  BASE64URL_RUN.test(text);
  return BASE64URL_RUN.lastIndex;
};

/** Shorter ones are no token: header and the rest of the smallest real one are far longer. */
const TOKEN_HEADER_LENGTH = 8;
const TOKEN_REST_LENGTH = 8;
/** A signed token has three parts, an encrypted one five. */
const TOKEN_PARTS = { least: 3, most: 5 };

const redactTokens = (text: string): string => {
  const cuts: Cut[] = [];
  let next = 0;
  for (let start = text.indexOf('eyJ'); start !== -1; start = text.indexOf('eyJ', next)) {
    const headerEnd = runEnd(text, start);
    // A later start in the same run would come to the same parts.
    next = headerEnd;
    let end = headerEnd;
    let parts = 1;
    for (; parts < TOKEN_PARTS.most && text[end] === '.'; parts += 1) {
      const partEnd = runEnd(text, end + 1);
      // The full stop of a sentence is not another part.
      if (parts >= TOKEN_PARTS.least && partEnd === end + 1) break;
      end = partEnd;
    }
    const isLong = headerEnd - start >= TOKEN_HEADER_LENGTH && end - headerEnd >= TOKEN_REST_LENGTH;
    if (parts < TOKEN_PARTS.least || !isLong) continue;
    next = end;
    cuts.push({ start, end, replacement: SECRET_REMOVED });
  }
  return withCuts(text, cuts);
};

const SCHEME_VALUE = /(bearer|basic)([ \t]{1,4})([\w.~+/=-]+)/gi;

const redactSchemes = (text: string): string =>
  text.replace(SCHEME_VALUE, (whole, scheme: string, space: string, value: string) => {
    const isSecret = scheme.toLowerCase() === 'basic' ? isUserAndPassword(value) : isBearer(value);
    return isSecret ? `${scheme}${space}${SECRET_REMOVED}` : whole;
  });

/** Words follow `bearer` too (`bearer authentication`): they are shorter, or have no digit. */
const isBearer = (value: string): boolean =>
  value.length >= 20 || (value.length >= 6 && /\d/.test(value));

/** RFC 7617: base64 of `user:password`. That tells `Basic dTpw` from `Basic plan`. */
const isUserAndPassword = (value: string): boolean => {
  const digits = value.replace(/={1,2}$/, '');
  // What is not base64 is told beforehand: an exception for each would cost much more.
  if (digits.length % 4 === 1 || !/^[A-Za-z0-9+/]+$/.test(digits)) return false;
  const decoded = atob(digits);
  return decoded.includes(':') && /^[ -~\u0080-\u00ff]*$/.test(decoded);
};

/**
 * A JSON value without secrets: text is redacted, and what stands under a secret name is replaced
 * whole, except null, booleans and empty text, which hold none. Copies only what changes: the same
 * reference comes back if nothing was found.
 */
export const stripSecrets = (value: unknown): unknown => {
  if (typeof value === 'string') return redactSecretText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(stripSecrets);
    return items.some((item, index) => !Object.is(item, value[index])) ? items : value;
  }
  let copy: Record<string, unknown> | undefined;
  for (const [name, member] of Object.entries(value)) {
    const stripped = isSecretName(name) ? withoutSecret(name, member) : stripSecrets(member);
    if (Object.is(stripped, member)) continue;
    copy ??= { ...value };
    copy[name] = stripped;
  }
  return copy ?? value;
};

const withoutSecret = (name: string, member: unknown): unknown => {
  if (member === null || member === '' || typeof member === 'boolean') return member;
  const isObject = typeof member === 'object';
  return isObject && NAMES_OF_OBJECTS.has(normalized(name)) ? stripSecrets(member) : SECRET_REMOVED;
};
