/** Internet addresses as texts that compare as the addresses do; IPv4 counts as its IPv6 form. */
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.parse>;

const keyOf = (address: Address): string => {
  const v6 = address instanceof ipaddr.IPv4 ? address.toIPv4MappedAddress() : address;
  return v6
    .toByteArray()
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
};

/** 32 hexadecimal digits; undefined for what is no address. */
export function addressKey(text: string): string | undefined {
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
  return isAddress ? keyOf(ipaddr.parse(text)) : undefined;
}

/** First and last address of a network such as `10.0.0.0/8`; undefined for what is none. */
export function networkKeys(text: string): { first: string; last: string } | undefined {
  const isV4 = ipaddr.IPv4.isValidCIDRFourPartDecimal(text);
  if (!isV4 && !ipaddr.IPv6.isValidCIDR(text)) return undefined;
  const family = isV4 ? ipaddr.IPv4 : ipaddr.IPv6;
  return {
    first: keyOf(family.networkAddressFromCIDR(text)),
    last: keyOf(family.broadcastAddressFromCIDR(text)),
  };
}

/** Digits of an address by which it is found together with its neighbours: IPv6 and IPv4. */
const INDEXED_DIGITS = { v6: [8, 12, 16, 32], v4: [26, 28, 30, 32] } as const;
const IPV4_BITS = 96;
/** IPv4 addresses lie in this IPv6 network, as RFC 4291 maps them. */
const IPV4_PREFIX = '00000000000000000000ffff';

const digitsOf = (key: string) =>
  key.startsWith(IPV4_PREFIX) ? INDEXED_DIGITS.v4 : INDEXED_DIGITS.v6;
const wordOf = (key: string, digits: number): string => `ip${key.slice(0, digits)}`;

/** Words of an address for the index: itself, and the networks that it is in. */
export function addressWords(text: string): string[] {
  const key = addressKey(text);
  return key === undefined ? [] : digitsOf(key).map((digits) => wordOf(key, digits));
}

/** The word that every address of a network, or an address, has; undefined if there is none. */
export function networkWord(text: string): string | undefined {
  const network = networkKeys(text);
  if (network === undefined) {
    const key = addressKey(text);
    return key === undefined ? undefined : wordOf(key, key.length);
  }
  const bits = Number(text.split('/')[1]) + (text.includes(':') ? 0 : IPV4_BITS);
  // A network that holds all of IPv4 and more has addresses of both kinds.
  if (network.first.startsWith(IPV4_PREFIX) !== network.last.startsWith(IPV4_PREFIX)) {
    return undefined;
  }
  const digits = digitsOf(network.first).findLast((count) => count * 4 <= bits);
  return digits === undefined ? undefined : wordOf(network.first, digits);
}

const IPV4_BYTES = [24, 26, 28] as const;
const IPV6_GROUPS = [0, 4, 8] as const;

/** The network that people come from: `203.0.113.0/24`, `2001:db8:1::/48`. */
export function networkOf(text: string): string | undefined {
  const key = addressKey(text);
  if (key === undefined) return undefined;
  const numberAt = (at: number, digits: number) => Number.parseInt(key.slice(at, at + digits), 16);
  if (key.startsWith(IPV4_PREFIX)) {
    return `${IPV4_BYTES.map((at) => numberAt(at, 2)).join('.')}.0/24`;
  }
  return `${IPV6_GROUPS.map((at) => numberAt(at, 4).toString(16)).join(':')}::/48`;
}
