/**
 * Whether a request that a browser sends by its cookie comes from a page of this server. A page of
 * another host may send requests, too, and the browser adds the cookie. Pure.
 */

/** What a browser says of where a request comes from; other programs say nothing. */
export interface Origin {
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined;
}
/** This server: the origin that the settings name, else the host that the request names. */
export interface Here {
  readonly publicUrl: string | undefined;
  readonly host: string;
}

function isOwn(origin: string, { publicUrl, host }: Here): boolean {
  if (publicUrl !== undefined) return origin === publicUrl;
  // Not the scheme: a proxy in front may speak TLS.
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

/**
 * `mustTell`: whether it is refused if the request does not say where it comes from. What is asked
 * by a cookie must; a program that signs in need not.
 */
export function isFromHere(
  { origin, fetchSite }: Origin,
  here: Here,
  { mustTell }: { readonly mustTell: boolean },
): boolean {
  if (origin !== undefined && !isOwn(origin, here)) return false;
  if (fetchSite !== undefined && fetchSite !== 'same-origin') return false;
  return !mustTell || origin !== undefined || fetchSite !== undefined;
}
