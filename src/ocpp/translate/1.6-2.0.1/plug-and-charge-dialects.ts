/**
 * The ways in which messages of ISO 15118 Plug & Charge stand in a DataTransfer of 1.6. What they have in common is that `data` is
 * the JSON text of a request or response; the rows say how it differs from that of 2.0.1.
 */
import { pemBlock } from '../../pem.ts';
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { apply, convert, type Direction, isObject, keep, list, type Rows, row, rows, same, sameBut } from '../rows.ts';

export interface Dialect {
  readonly vendorId: string;
  /** By Action of 2.0.1; one that stands here not has the fields of 2.0.1. `older`: as it stands in the DataTransfer. */
  readonly requests: Readonly<Record<string, Rows>>;
  readonly responses: Readonly<Record<string, Rows>>;
}

/** Read leniently: some write the eMAID as text, as 1.6 writes its idTags. */
const idToken = row(
  'idToken',
  'idToken',
  convert(
    'a text is an eMAID',
    (value) => (typeof value === 'string' ? { idToken: value, type: 'eMAID' } : value),
    keep,
  ),
);

/** Read leniently: some answer with the idTagInfo of 1.6. */
const idTokenInfo = row(
  'idTokenInfo',
  'idTokenInfo',
  convert(
    'an idTagInfo of 1.6 is understood',
    (value) => {
      if (!isObject(value)) return value;
      const { expiryDate, parentIdTag, ...info } = value;
      return {
        ...info,
        ...(expiryDate === undefined ? {} : { cacheExpiryDateTime: expiryDate }),
        ...(parentIdTag === undefined ? {} : { groupIdToken: { idToken: parentIdTag, type: 'Central' } }),
      };
    },
    keep,
  ),
);

const authorizeResponse = sameBut(idTokenInfo);

/** The application note of the Open Charge Alliance: the messages of 2.0.1. */
const standard: Dialect = {
  vendorId: 'org.openchargealliance.iso15118pnc',
  requests: { Authorize: sameBut(idToken) },
  responses: { Authorize: authorizeResponse },
};

const typeOfCertificate = row('typeOfCertificate', 'certificateType', same);

/** PEM blocks of a chain as hexadecimal DER, one text each; what is no PEM is left as it is. */
function toHex(chain: string): readonly string[] {
  const blocks = [...chain.matchAll(/-----BEGIN [^-]+-----([^-]*)-----END [^-]+-----/g)];
  try {
    return blocks.length === 0 ? [chain] : blocks.map(([, base64 = '']) => hexOf(atob(base64.replace(/\s/g, ''))));
  } catch {
    return [chain];
  }
}

const hexOf = (bytes: string): string =>
  [...bytes].map((char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');

/** Hexadecimal DER certificates as one text of PEM blocks; what is no hexadecimal text is left as it is. */
function toPem(certificates: unknown): unknown {
  if (!Array.isArray(certificates)) return certificates;
  const blocks = certificates.map((hex) => (typeof hex === 'string' ? (pemBlock(hex) ?? hex) : hex));
  return blocks.join('');
}

const hashData = list(
  sameBut(
    row(
      'responderURL',
      'responderURL',
      convert('may be missing: the certificate names it too', (value) => value ?? '', keep, { absent: true }),
    ),
  ),
);

/** What was used before the application note, with the field names of OCPP 2.0. */
const before: Dialect = {
  vendorId: 'iso15118',
  requests: {
    Authorize: sameBut(row('15118CertificateHashData', 'iso15118CertificateHashData', hashData), idToken),
    Get15118EVCertificate: sameBut(
      row(
        '15118SchemaVersion',
        'iso15118SchemaVersion',
        convert(
          'ISO 15118-2 unless it is said',
          (value, _context, source) => value ?? source.iso15118SchemaVersion ?? 'urn:iso:15118:2:2013:MsgDef',
          keep,
          { absent: true },
        ),
      ),
      row(
        'action',
        'action',
        convert(
          'only contracts are installed',
          (value) => value ?? 'Install',
          () => undefined,
          { absent: true },
        ),
      ),
    ),
    GetCertificateStatus: sameBut(
      row(
        'ocspRequestData.responderURL',
        'ocspRequestData.responderURL',
        convert('may be missing: the certificate names it too', (value) => value ?? '', keep, { absent: true }),
      ),
    ),
    SignCertificate: sameBut(typeOfCertificate),
    CertificateSigned: sameBut(
      row(
        'cert',
        'certificateChain',
        convert('hexadecimal DER ↔ PEM', toPem, (value) => toHex(value as string)),
      ),
      typeOfCertificate,
    ),
  },
  responses: {
    Authorize: authorizeResponse,
    // Beside the message for the car, some answer with the certificates that are in it.
    Get15118EVCertificate: rows(row('status', 'status'), row('exiResponse', 'exiResponse')),
  },
};

const dialects = [standard, before];

/** The dialect that a DataTransfer is in; `undefined`: it is none of Plug & Charge. */
export const dialectOf = (vendorId: string): Dialect | undefined =>
  dialects.find((dialect) => dialect.vendorId === vendorId.toLowerCase());

export const standardDialect = standard;

/** Up: what stands in a DataTransfer, as 2.0.1 says it. Down: what 2.0.1 says, as it stands in a DataTransfer. */
export function inDialect(
  messages: Dialect['requests'],
  action: string,
  direction: Direction,
  payload: Payload,
  context: Context,
): Payload {
  const known = messages[action];
  return known === undefined ? payload : apply(known, direction, payload, context);
}
