/** OCPP-S envelopes (OCPP-S 1.5 and 1.6; SOAP 1.2, WS-Addressing 1.0): text ↔ what is said. */
import type { Failure, Payload } from '../translate/outcome.ts';
import type { Version } from '../versions/version.ts';
import { readPayload, writePayload } from './codec.ts';
import { type Fault, readFault, writeFault } from './faults.ts';
import type { Service, SoapTable } from './table.ts';
import { childOf, type Element, escapeXml, parseXml } from './xml.ts';

export type SoapVersion = '1.1' | '1.2';

const envelopes: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
};
/** WS-Addressing as OCPP wants it, and the draft that some stations speak. */
const ADDRESSING = 'http://www.w3.org/2005/08/addressing';
const ADDRESSING_2004 = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';
/** Namespace → where answers go that come in the HTTP response, and the Action of Faults. */
const addressings: ReadonlyMap<string, { readonly anonymous: string; readonly fault: string }> = new Map([
  [ADDRESSING, { anonymous: `${ADDRESSING}/anonymous`, fault: `${ADDRESSING}/soap/fault` }],
  [ADDRESSING_2004, { anonymous: `${ADDRESSING_2004}/role/anonymous`, fault: `${ADDRESSING_2004}/fault` }],
]);

/** What kinds of envelope a peer speaks, so that it is answered in kind. */
export interface Dialect {
  readonly soap: SoapVersion;
  /** Namespace of WS-Addressing. */
  readonly addressing: string;
}

export const standardDialect: Dialect = { soap: '1.2', addressing: ADDRESSING };

/** Headers of WS-Addressing and OCPP. What the sender wants done is told by the body, not by `Action`. */
export interface Headers {
  readonly chargeBoxIdentity?: string | undefined;
  readonly messageId?: string | undefined;
  readonly relatesTo?: string | undefined;
  /** Address where the sender listens; absent as well when it is the anonymous one. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export type SoapDeviation =
  | 'soap11'
  | 'soapAddressing2004'
  | 'soapPlainFrom'
  | 'soapOtherService'
  | 'soapNamespace'
  | 'soapConfirmation'
  | 'soapUndeclaredPrefix'
  | 'soapMissingHeader';

interface Read {
  readonly dialect: Dialect;
  readonly headers: Headers;
  readonly deviations: readonly SoapDeviation[];
}

export type Envelope =
  | (Read & {
      readonly kind: 'request' | 'response';
      readonly version: Version;
      /** Action, by name; it need not be one that the Version knows. */
      readonly action: string;
      readonly payload: Payload;
    })
  | (Read & { readonly kind: 'fault'; readonly failure: Failure })
  /** It can be read, and must be answered with this Fault. */
  | (Read & { readonly kind: 'refused'; readonly fault: Fault });

/** Which service a message belongs to: the CSMS's (stations call it) or the station's. */
type ServiceName = keyof SoapTable;

/**
 * Reads an envelope.
 * @param service the service that the message should belong to
 * @param versions that the peer may speak
 * @param known what the peer with this identity spoke before: for those that forget their namespace
 * @throws XmlError when it is no XML that we take
 */
export function readEnvelope(
  text: string,
  service: ServiceName,
  versions: readonly Version[],
  known: (identity: string | undefined) => Version | undefined = () => undefined,
): Envelope {
  const root = parseXml(text);
  const deviations = new Set<SoapDeviation>();
  const soap = (Object.keys(envelopes) as SoapVersion[]).find((name) => envelopes[name] === root.namespace);
  if (root.name !== 'Envelope' || soap === undefined) {
    const reason = `the document is no SOAP envelope: ${root.name.slice(0, 50)} of ${(root.namespace ?? '').slice(0, 100)}`;
    return {
      dialect: standardDialect,
      headers: {},
      deviations: [],
      kind: 'refused',
      fault: { code: 'VersionMismatch', reason },
    };
  }
  if (soap === '1.1') deviations.add('soap11');
  const { headers, identitySpace, addressing, misunderstood } = readHeaders(
    childOf(root, 'Header'),
    service,
    deviations,
  );
  const read = (): Read => ({ dialect: { soap, addressing }, headers, deviations: [...deviations] });
  const refused = (fault: Fault): Envelope => ({ ...read(), kind: 'refused', fault });
  if (misunderstood !== undefined) {
    return refused({ code: 'MustUnderstand', reason: `the header ${misunderstood.slice(0, 50)} is not understood` });
  }
  const body = childOf(root, 'Body')?.children[0];
  if (body === undefined) return refused({ code: 'Sender', subcode: 'ProtocolError', reason: 'the body is empty' });
  if (body.name === 'Fault') return { ...read(), kind: 'fault', failure: readFault(body) };

  const match = /^(.+?)(Request|Response|Confirmation)$/i.exec(body.name);
  const spoken = (): Version | undefined =>
    versionOf(identitySpace, service, versions)?.version ?? known(headers.chargeBoxIdentity);
  const version = versionOfBody(body, service, versions, spoken, deviations);
  if (match === null || version?.soap === undefined) {
    const reason = `${body.name.slice(0, 60)} of ${(body.namespace ?? 'an undeclared namespace').slice(0, 100)} is no message of OCPP 1.5 or 1.6`;
    return refused({ code: 'Sender', subcode: 'ProtocolError', reason });
  }
  const [, camel = '', suffix = ''] = match;
  if (/confirmation/i.test(suffix)) deviations.add('soapConfirmation');
  const action = camel.charAt(0).toUpperCase() + camel.slice(1);
  const kind = /request/i.test(suffix) ? 'request' : 'response';
  const fields = version.soap[service].operations[action]?.[kind] ?? [];
  return { ...read(), kind, version, action, payload: readPayload(body, fields) };
}

/** The Version that a message is of. One without a namespace is of the one that `spoken` tells. */
function versionOfBody(
  { namespace }: Element,
  service: ServiceName,
  versions: readonly Version[],
  spoken: () => Version | undefined,
  deviations: Set<SoapDeviation>,
): Version | undefined {
  if (namespace === undefined || namespace === '') {
    deviations.add(namespace === undefined ? 'soapUndeclaredPrefix' : 'soapNamespace');
    return spoken();
  }
  const found = versionOf(namespace, service, versions);
  if (found?.isOther) deviations.add('soapOtherService');
  return found?.version;
}

/** The Version that a namespace is of, of this service or of the other one. The specification prints them without the slash. */
function versionOf(
  namespace: string | undefined,
  service: ServiceName,
  versions: readonly Version[],
): { readonly version: Version; readonly isOther: boolean } | undefined {
  const plain = namespace?.replace(/\/+$/, '');
  const other = service === 'centralSystem' ? 'chargePoint' : 'centralSystem';
  for (const version of versions) {
    if (version.soap === undefined) continue;
    if (plain === withoutSlash(version.soap[service])) return { version, isOther: false };
    if (plain === withoutSlash(version.soap[other])) return { version, isOther: true };
  }
  return undefined;
}

const withoutSlash = ({ namespace }: Service): string => namespace.replace(/\/+$/, '');

function readHeaders(
  header: Element | undefined,
  service: ServiceName,
  deviations: Set<SoapDeviation>,
): {
  headers: Headers;
  identitySpace: string | undefined;
  addressing: string;
  misunderstood: string | undefined;
} {
  const headers: { -readonly [name in keyof Headers]: string } = {};
  let identitySpace: string | undefined;
  let action: string | undefined;
  let addressing = ADDRESSING;
  let misunderstood: string | undefined;
  for (const element of header?.children ?? []) {
    if (element.namespace === undefined) deviations.add('soapUndeclaredPrefix');
    if (element.namespace !== undefined && addressings.has(element.namespace)) {
      addressing = element.namespace;
      if (addressing !== ADDRESSING) deviations.add('soapAddressing2004');
    }
    switch (element.name.toLowerCase()) {
      case 'chargeboxidentity':
        headers.chargeBoxIdentity = element.text;
        identitySpace = element.namespace;
        break;
      case 'messageid':
        headers.messageId = element.text;
        break;
      case 'relatesto':
        headers.relatesTo = element.text;
        break;
      case 'from': {
        const address = childOf(element, 'Address');
        if (address === undefined && element.text !== '') deviations.add('soapPlainFrom');
        const from = address?.text ?? element.text;
        if (from !== '' && !isNowhere(from)) headers.from = from;
        break;
      }
      case 'to':
        headers.to = element.text;
        break;
      case 'action':
        action = element.text;
        break;
      case 'replyto':
      case 'faultto':
        break;
      default:
        if (/^(true|1)$/.test(element.attributes.get('mustUnderstand') ?? '')) misunderstood ??= element.name;
    }
  }
  const own = service === 'centralSystem' ? [headers.chargeBoxIdentity, headers.messageId] : [headers.relatesTo];
  if ([...own, action].some((text) => text === undefined || text === '')) deviations.add('soapMissingHeader');
  return { headers, identitySpace, addressing, misunderstood };
}

/** The addresses that WS-Addressing itself defines, `anonymous` and `none`, are not where anybody listens. */
const isNowhere = (address: string): boolean => [...addressings.keys()].some((space) => address.startsWith(space));

interface Written {
  readonly dialect: Dialect;
  /** `messageId` is that of this message. */
  readonly headers: Headers;
}

/** The payload of a message that was written by {@link writeEnvelope} to a station. @throws Error when it is none */
export function payloadOfEnvelope(text: string, versions: readonly Version[]): Payload {
  const envelope = readEnvelope(text, 'centralSystem', versions);
  if (envelope.kind === 'response') return envelope.payload;
  throw new Error(`the envelope holds no answer but a ${envelope.kind}`);
}

/** Writes a message in the form of a Version. @throws Error when the Version has no such operation in SOAP */
export function writeEnvelope(
  version: Version,
  service: ServiceName,
  kind: 'request' | 'response',
  action: string,
  payload: Payload,
  { dialect, headers }: Written,
): string {
  const table = version.soap?.[service];
  const operation = table?.operations[action];
  if (table === undefined || operation === undefined) {
    throw new Error(`OCPP ${version.name} over SOAP has no ${action} of the ${service}`);
  }
  const suffix = kind === 'request' ? 'Request' : 'Response';
  const element = `o:${action.charAt(0).toLowerCase()}${action.slice(1)}${suffix}`;
  const content = writePayload(payload, operation[kind], 'o');
  const body = content === '' ? `<${element}/>` : `<${element}>${content}</${element}>`;
  return envelope(
    dialect,
    table.namespace,
    writeHeaders(kind, `/${action}${kind === 'request' ? '' : suffix}`, dialect, headers),
    body,
  );
}

/** Writes a Fault in answer to a request. @param namespace of the OCPP service that subcodes are of */
export const writeFaultEnvelope = (fault: Fault, namespace: string, { dialect, headers }: Written): string =>
  envelope(
    dialect,
    namespace,
    writeHeaders('response', addressings.get(dialect.addressing)?.fault ?? '', dialect, headers),
    writeFault(fault, dialect.soap),
  );

function writeHeaders(kind: 'request' | 'response', action: string, dialect: Dialect, headers: Headers): string {
  const anonymous = addressings.get(dialect.addressing)?.anonymous ?? '';
  const { chargeBoxIdentity, messageId, relatesTo, from, to = anonymous } = headers;
  const address = (value: string): string => `<a:Address>${escapeXml(value)}</a:Address>`;
  const understood = ` s:mustUnderstand="${dialect.soap === '1.1' ? '1' : 'true'}"`;
  return [
    chargeBoxIdentity === undefined
      ? ''
      : `<o:chargeBoxIdentity${kind === 'request' ? understood : ''}>${escapeXml(chargeBoxIdentity)}</o:chargeBoxIdentity>`,
    `<a:Action${understood}>${action}</a:Action>`,
    messageId === undefined ? '' : `<a:MessageID>${escapeXml(messageId)}</a:MessageID>`,
    relatesTo === undefined ? '' : `<a:RelatesTo>${escapeXml(relatesTo)}</a:RelatesTo>`,
    from === undefined ? '' : `<a:From>${address(from)}</a:From>`,
    kind === 'request' ? `<a:ReplyTo>${address(anonymous)}</a:ReplyTo>` : '',
    `<a:To>${escapeXml(to)}</a:To>`,
  ].join('');
}

const envelope = ({ soap, addressing }: Dialect, namespace: string, headers: string, body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${envelopes[soap]}" xmlns:a="${addressing}" xmlns:o="${namespace}"><s:Header>${headers}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
