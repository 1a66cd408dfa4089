import { createHash, createPrivateKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';

/** What identifies an installed certificate (1.6 security 6.2, 2.x CertificateHashDataType). */
export interface CertificateHash {
  readonly hashAlgorithm: 'SHA256';
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  readonly serialNumber: string;
}

export interface InstalledCertificate {
  /** certificateType, as the Version spells it. */
  readonly type: string;
  readonly hash: CertificateHash;
}

/** One element of DER: its tag, its whole encoding and its contents. */
interface Element {
  readonly tag: number;
  readonly encoding: Buffer;
  readonly contents: Buffer;
}

function readElement(bytes: Buffer): Element {
  const first = bytes[1];
  if (first === undefined) throw new RangeError('the DER ends early');
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes);
  const from = 2 + lengthBytes;
  if (bytes.length < from + length) throw new RangeError('the DER ends early');
  return { tag: bytes[0]!, encoding: bytes.subarray(0, from + length), contents: bytes.subarray(from, from + length) };
}

function elementsOf(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let rest = bytes; rest.length > 0; rest = rest.subarray(elements.at(-1)!.encoding.length)) {
    elements.push(readElement(rest));
  }
  return elements;
}

const EXPLICIT_VERSION = 0xa0;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Hashes a root certificate as OCPP wants it: of the issuer's name, and of the issuer's public key, which in a root is its own.
 * @throws Error for what is no PEM certificate
 */
export function hashCertificate(pem: string): CertificateHash {
  const certificate = new X509Certificate(pem);
  const [signed] = elementsOf(readElement(certificate.raw).contents);
  const fields = elementsOf(signed!.contents).filter(({ tag }) => tag !== EXPLICIT_VERSION);
  const [, , issuer, , , publicKeyInfo] = fields;
  const key = publicKeyInfo && elementsOf(publicKeyInfo.contents)[1];
  if (issuer === undefined || key === undefined) throw new RangeError('the certificate has no issuer or key');
  return {
    hashAlgorithm: 'SHA256',
    issuerNameHash: sha256(issuer.encoding),
    // Without the leading octet that counts unused bits (RFC 6960 4.1.1).
    issuerKeyHash: sha256(key.contents.subarray(1)),
    serialNumber: certificate.serialNumber.toLowerCase().replace(/^0+(?=.)/, ''),
  };
}

const same = (left: CertificateHash, right: Readonly<Record<keyof CertificateHash, string>>): boolean =>
  left.hashAlgorithm === right.hashAlgorithm &&
  left.issuerNameHash === right.issuerNameHash.toLowerCase() &&
  left.issuerKeyHash === right.issuerKeyHash.toLowerCase() &&
  left.serialNumber === right.serialNumber.toLowerCase().replace(/^0+(?=.)/, '');

/** The root certificates that a station trusts, and its requests for one of its own. */
export class CertificateStore {
  #installed: InstalledCertificate[] = [];
  /** Whether an answer to a certificate signing request is awaited. */
  requested = false;

  /** @returns whether it was a certificate. @param most that the store holds */
  install(type: string, pem: string, most: number): 'Accepted' | 'Rejected' | 'Failed' {
    let hash: CertificateHash;
    try {
      hash = hashCertificate(pem);
    } catch {
      return 'Rejected';
    }
    this.#installed = this.#installed.filter((other) => !same(other.hash, hash));
    if (this.#installed.length >= most) return 'Failed';
    this.#installed.push({ type, hash });
    return 'Accepted';
  }

  delete(hash: Readonly<Record<keyof CertificateHash, string>>): boolean {
    const before = this.#installed.length;
    this.#installed = this.#installed.filter((installed) => !same(installed.hash, hash));
    return this.#installed.length < before;
  }

  /** @param types to list; all when absent */
  list(types?: readonly string[]): readonly InstalledCertificate[] {
    return this.#installed.filter(({ type }) => types === undefined || types.includes(type));
  }

  /** Takes the certificate that was asked for (CertificateSigned). */
  signed(chain: string): boolean {
    try {
      new X509Certificate(chain);
    } catch {
      return false;
    }
    const { requested } = this;
    this.requested = false;
    return requested;
  }
}

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), contents]);
};
const SEQUENCE = 0x30;
const SET = 0x31;
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const COMMON_NAME = oid('550403');
const ORGANIZATION = oid('55040a');
const ECDSA_WITH_SHA256 = oid('2a8648ce3d040302');
const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
const attribute = (type: Buffer, value: string): Buffer => der(SET, der(SEQUENCE, type, utf8(value)));

/** A PKCS #10 request, in PEM, for a fresh P-256 key (RFC 2986; 2.x A02). */
export function certificateRequest(commonName: string, organization: string): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  const subject = der(SEQUENCE, attribute(ORGANIZATION, organization), attribute(COMMON_NAME, commonName));
  const info = der(SEQUENCE, der(0x02, Buffer.from([0])), subject, publicKey, der(0xa0));
  const key = createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' });
  const signature = sign('sha256', info, key);
  const request = der(SEQUENCE, info, der(SEQUENCE, ECDSA_WITH_SHA256), der(0x03, Buffer.from([0]), signature));
  const lines = request.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`;
}
