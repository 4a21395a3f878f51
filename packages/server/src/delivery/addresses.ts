/**
 * Which addresses are public, by the special-purpose registries of IANA. Pure. What the registries
 * call reachable although it is no host's own address (relays, translators) is not public here.
 */
import { BlockList, isIP } from 'node:net';

const NOT_PUBLIC_4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // shared by customers of a provider
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, and what clouds tell their machines
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocols of the IETF
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // relays of 6to4
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
];

/**
 * All that hosts are given. Outside lie loopback, mapped and translated IPv4, link-local, unique
 * local, multicast, and what is not assigned yet.
 */
const UNICAST_6 = ['2000::', 3] as const;
const NOT_PUBLIC_6: readonly (readonly [string, number])[] = [
  ['2001::', 23], // protocols of the IETF, with Teredo
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which may hold any IPv4
  ['3fff::', 20], // documentation
];

function listOf(family: 'ipv4' | 'ipv6', subnets: readonly (readonly [string, number])[]) {
  const list = new BlockList();
  for (const [network, bits] of subnets) list.addSubnet(network, bits, family);
  return list;
}

// Apart: a list of both takes any IPv4 for its mapped IPv6.
const notPublic4 = listOf('ipv4', NOT_PUBLIC_4);
const notPublic6 = listOf('ipv6', NOT_PUBLIC_6);
const unicast6 = listOf('ipv6', [UNICAST_6]);

/** Whether an IP address is one of the open internet; false for anything else. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic4.check(address, 'ipv4');
  return family === 6 && unicast6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6');
}
