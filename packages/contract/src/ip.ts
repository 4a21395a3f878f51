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
