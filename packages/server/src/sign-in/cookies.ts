/**
 * Cookies of people who are signed in: `HttpOnly`, `SameSite=Lax`, of this host alone and only over
 * TLS, but on the own machine. Pure: from header to header.
 */

/** What better-auth calls its cookies by; without TLS browsers see these names. */
const PREFIX = 'annals.';
/** Browsers take a cookie so named only with `Secure`, `Path=/` and without `Domain`. */
const HOST_PREFIX = '__Host-';
const SESSION = 'session_token';
/** No browser sends more for one site. */
const HEADER_MOST = 16_384;

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';

const prefixOf = (isSecure: boolean): string => (isSecure ? HOST_PREFIX + PREFIX : PREFIX);

/** The server's own cookies of a request, by their names without a prefix, values as they came. */
export function readCookies(
  header: string | undefined,
  isSecure: boolean,
): ReadonlyMap<string, string> {
  const prefix = prefixOf(isSecure);
  const found = new Map<string, string>();
  if (header === undefined || header.length > HEADER_MOST) return found;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    if (equals > 0 && name.startsWith(prefix)) {
      found.set(name.slice(prefix.length), pair.slice(equals + 1).trim());
    }
  }
  return found;
}

/** The same cookies as better-auth reads them. */
export const forBetterAuth = (cookies: ReadonlyMap<string, string>): string =>
  [...cookies].map(([name, value]) => `${PREFIX}${name}=${value}`).join('; ');

/** Of a session's cookie: its value is the token, a dot and a signature. */
function tokenIn(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value).split('.')[0] || undefined;
  } catch {
    return undefined;
  }
}

/** The token of the session, if there is one. */
export const sessionToken = (cookies: ReadonlyMap<string, string>): string | undefined =>
  tokenIn(cookies.get(SESSION));

/** The token of the session that a `Set-Cookie` of better-auth begins. */
export function newSessionToken(setCookies: readonly string[]): string | undefined {
  const start = `${PREFIX}${SESSION}=`;
  const found = setCookies.find((one) => one.startsWith(start));
  return tokenIn(found?.slice(start.length).split(';')[0]);
}

const withAttributes = (pair: string, isSecure: boolean, seconds: string | undefined): string => {
  const age = seconds === undefined ? '' : `; Max-Age=${seconds}`;
  return `${pair}${age}; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
};

/**
 * A `Set-Cookie` of better-auth as it goes out. A session's lives as long as any session may: when
 * it ends is decided here and not in the browser.
 */
export function outgoing(setCookie: string, isSecure: boolean, sessionSeconds: number): string {
  const [pair = '', ...attributes] = setCookie.split(';').map((part) => part.trim());
  const [, age] = attributes.map((part) => /^max-age=(\d+)$/i.exec(part)).find(Boolean) ?? [];
  const isSession = pair.startsWith(`${PREFIX}${SESSION}=`);
  const seconds = isSession && age !== undefined && age !== '0' ? `${sessionSeconds}` : age;
  return withAttributes(isSecure ? HOST_PREFIX + pair : pair, isSecure, seconds);
}

/** Ends the session in the browser. */
export const clearing = (isSecure: boolean): string =>
  withAttributes(`${prefixOf(isSecure)}${SESSION}=`, isSecure, '0');
