/** Where a station says that its own service listens, and whether that can be true. */
import { BlockList, isIP } from 'node:net';

/** http or https; `undefined` for what cannot be called. An address without a scheme is taken for http. */
export function addressOf(text: string): URL | undefined {
  const complete = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(complete)) return undefined;
  const url = new URL(complete);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '' ? url : undefined;
}

/** Networks that are not the Internet, the narrower ones first: an address in one of them means something only inside of it. */
const networks = (['this host', 'this link', 'a private network'] as const).map((name) => ({
  name,
  list: new BlockList(),
}));
const [loopback, link, inside] = networks.map(({ list }) => list) as [BlockList, BlockList, BlockList];
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');
loopback.addSubnet('0.0.0.0', 8, 'ipv4');
loopback.addAddress('::', 'ipv6');
link.addSubnet('169.254.0.0', 16, 'ipv4');
link.addSubnet('fe80::', 10, 'ipv6');
inside.addSubnet('10.0.0.0', 8, 'ipv4');
inside.addSubnet('172.16.0.0', 12, 'ipv4');
inside.addSubnet('192.168.0.0', 16, 'ipv4');
inside.addSubnet('100.64.0.0', 10, 'ipv4');
inside.addSubnet('fc00::', 7, 'ipv6');

/** 0 for the host itself, 1 for its link, 2 for a private network, 3 for the Internet. */
function reachOf(address: string): number {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const index = networks.findIndex(({ list }) => list.check(address, family));
  return index < 0 ? networks.length : index;
}

/**
 * Why an address that a station gives cannot be where it listens; `undefined`: it may be. A station behind NAT gives the address that
 * it has there, and whoever answers at that address here is somebody else.
 * @param heardFrom the address that the station's message came from; `''`: not known
 */
export function whyOutOfReach({ hostname }: URL, heardFrom: string): string | undefined {
  const host = hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 0 || isIP(heardFrom) === 0) return undefined;
  const network = networks[reachOf(host)];
  if (network === undefined || reachOf(host) >= reachOf(heardFrom)) return undefined;
  return `its address ${host} is one of ${network.name}, and its messages come from ${heardFrom}`;
}
