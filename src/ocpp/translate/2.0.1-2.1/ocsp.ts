/** What an OCSP response (RFC 6960) says of a certificate. Its signature is checked by who trusts the responder, not here. */
import { type Element, elements, generalizedTime, hex, only } from './der.ts';

export interface CertificateStatus {
  /** Lower-case hexadecimal, as the CertID of the request has it. */
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  /** Lower-case hexadecimal without leading zeros. */
  readonly serialNumber: string;
  readonly status: 'Good' | 'Revoked' | 'Unknown';
  /** ms since 1970. */
  readonly thisUpdate: number;
  /** ms since 1970; `undefined`: newer information is always to be had. */
  readonly nextUpdate: number | undefined;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTETS = 0x04;
const ENUMERATED = 0x0a;
const OID = 0x06;
const GENERALIZED_TIME = 0x18;
/** Context tags [n], constructed. */
const context = (n: number): number => 0xa0 + n;

/** id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1 */
const BASIC = '2b0601050507300101';

/** CertStatus by its tag: good [0] and unknown [2] are NULL, revoked [1] has the time and the reason. */
const statuses: ReadonlyMap<number, CertificateStatus['status']> = new Map([
  [0x80, 'Good'],
  [0xa1, 'Revoked'],
  [0x82, 'Unknown'],
]);

/**
 * The certificates that a response is about, in its order.
 * @param base64 an OCSPResponse in DER
 * @returns `undefined` when it is none, or none that says anything of certificates
 */
export function certificateStatuses(base64: string): readonly CertificateStatus[] | undefined {
  const bytes = fromBase64(base64);
  const response = bytes === undefined ? undefined : only(bytes, SEQUENCE);
  const [status, responseBytes] = partsOf(response, ENUMERATED, context(0));
  // 0: successful.
  if (status === undefined || hex(status) !== '00' || responseBytes === undefined) return undefined;
  const [type, basic] = partsOf(only(responseBytes, SEQUENCE), OID, OCTETS);
  if (type === undefined || hex(type) !== BASIC || basic === undefined) return undefined;
  // BasicOCSPResponse: the data, the algorithm of its signature, the signature.
  const [data] = partsOf(only(basic, SEQUENCE), SEQUENCE);
  const list = (data === undefined ? undefined : elements(data))?.find(({ tag }) => tag === SEQUENCE);
  const singles = list === undefined ? undefined : elements(list.content);
  const found = singles?.map(singleResponse);
  return found?.every((single) => single !== undefined) === true ? found : undefined;
}

function singleResponse({ tag, content }: Element): CertificateStatus | undefined {
  const [id, state, thisUpdate, next] = (tag === SEQUENCE ? elements(content) : undefined) ?? [];
  if (id?.tag !== SEQUENCE || state === undefined || thisUpdate?.tag !== GENERALIZED_TIME) return undefined;
  const [, nameHash, keyHash, serial] = partsOf(id.content, SEQUENCE, OCTETS, OCTETS, INTEGER);
  const status = statuses.get(state.tag);
  const from = generalizedTime(thisUpdate.content);
  const nextUpdate = next?.tag === context(0) ? nextUpdateOf(next.content) : 'none';
  if (nameHash === undefined || keyHash === undefined || serial === undefined) return undefined;
  if (status === undefined || from === undefined || nextUpdate === undefined) return undefined;
  return {
    issuerNameHash: hex(nameHash),
    issuerKeyHash: hex(keyHash),
    serialNumber: withoutZeros(hex(serial)),
    status,
    thisUpdate: from,
    nextUpdate: nextUpdate === 'none' ? undefined : nextUpdate,
  };
}

function nextUpdateOf(content: Uint8Array): number | undefined {
  const time = only(content, GENERALIZED_TIME);
  return time === undefined ? undefined : generalizedTime(time);
}

/** A serial number as OCPP writes it, to be compared. */
export const withoutZeros = (serial: string): string => serial.toLowerCase().replace(/^0+(?=.)/, '');

/** The contents of the first elements of a sequence; none when one of them has another tag. */
function partsOf(sequence: Uint8Array | undefined, ...tags: readonly number[]): readonly Uint8Array[] {
  const found = (sequence === undefined ? undefined : elements(sequence)) ?? [];
  if (!tags.every((tag, index) => found[index]?.tag === tag)) return [];
  return found.slice(0, tags.length).map(({ content }) => content);
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
