/** Parts of JSON Pointers (RFC 6901). Without a schema: threads load it too. */

export const pointerPart = (name: string): string =>
  name.replaceAll('~', '~0').replaceAll('/', '~1');
export const nameOfPart = (part: string): string =>
  part.replaceAll('~1', '/').replaceAll('~0', '~');

/** The pointer to a member, whatever its name. */
export const pointerTo = (...names: readonly string[]): string =>
  names.map((name) => `/${pointerPart(name)}`).join('');
