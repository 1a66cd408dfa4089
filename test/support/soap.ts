/** A station over SOAP that sends exactly the envelopes it is told to, and has a service of its own. */
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { hasXmllint, schemaErrors } from './xsd.ts';

/** What the gateway has sent to stations of this kind, to be checked by {@link envelopeErrors}. */
const seen: string[] = [];

/** What is wrong by the WSDLs with the envelopes that the gateway sent since the last time; `''`: nothing. */
export function envelopeErrors(): string {
  if (!hasXmllint) return '';
  const groups = new Map<string, string[]>();
  for (const text of seen.splice(0)) {
    const space = /<s:Body><o:/.test(text) ? /xmlns:o="([^"]*)"/.exec(text)?.[1] : undefined;
    if (space !== undefined) groups.set(space, [...(groups.get(space) ?? []), text]);
  }
  return [...groups]
    .map(([space, envelopes]) => {
      const version = Object.entries(namespaces).find(([, date]) => space.includes(date))?.[0] ?? '';
      return schemaErrors(space.includes('/Cs/') ? 'centralSystem' : 'chargePoint', version, envelopes);
    })
    .join('');
}

const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';
const WSA = 'http://www.w3.org/2005/08/addressing';
const namespaces = { '1.5': '2012/06', '1.6': '2015/10' } as const;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** One HTTP request, to the letter. */
export function post(
  url: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
  method = 'POST',
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method,
      headers: { 'Content-Type': 'application/soap+xml; charset=utf-8', ...headers },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const raw = Buffer.concat(chunks);
        const text = (response.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString();
        seen.push(text);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    outgoing.end(body);
  });
}

/** The text of the first element of this name, whatever its prefix. */
export const textOf = (xml: string, name: string): string | undefined =>
  new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)</`).exec(xml)?.[1];

export class SoapStation {
  readonly id: string;
  readonly version: '1.5' | '1.6';
  /** Of the gateway's service. */
  url: string;
  /** What `From` says; `undefined`: there is none. */
  from: string | undefined;
  /** Envelopes of Calls of the gateway. */
  readonly calls: string[] = [];
  /** The body of the answer to a Call, by the name of its element without `Request`; `undefined`: no answer. */
  onCall: (operation: string, envelope: string) => string | undefined = () => '<p:status>Accepted</p:status>';
  #service: Server | undefined;
  #messages = 0;

  constructor(id: string, version: '1.5' | '1.6', ocppUrl: string) {
    this.id = id;
    this.version = version;
    this.url = ocppUrl.replace(/^ws/, 'http').replace(/\/ocpp$/, '/soap');
  }

  get namespace(): string {
    return `urn://Ocpp/Cs/${namespaces[this.version]}/`;
  }

  /** @param body of the request element, elements with the prefix `c` */
  envelope(operation: string, body: string, headers?: string): string {
    const from = this.from === undefined ? '' : `<a:From><a:Address>${this.from}</a:Address></a:From>`;
    const usual = `<c:chargeBoxIdentity s:mustUnderstand="true">${this.id}</c:chargeBoxIdentity><a:Action s:mustUnderstand="true">/${operation}</a:Action><a:MessageID>urn:uuid:${this.id}-${++this.#messages}</a:MessageID>${from}<a:ReplyTo><a:Address>${WSA}/anonymous</a:Address></a:ReplyTo><a:To>${this.url}</a:To>`;
    const element = `c:${operation.charAt(0).toLowerCase()}${operation.slice(1)}Request`;
    return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${SOAP12}" xmlns:a="${WSA}" xmlns:c="${this.namespace}"><s:Header>${headers ?? usual}</s:Header><s:Body><${element}>${body}</${element}></s:Body></s:Envelope>`;
  }

  /** A request, and its answer. */
  send(
    operation: string,
    fields: Readonly<Record<string, string | number>> | string = {},
    http: Record<string, string> = {},
  ): Promise<HttpAnswer> {
    const body =
      typeof fields === 'string'
        ? fields
        : Object.entries(fields)
            .map(([name, value]) => `<c:${name}>${value}</c:${name}>`)
            .join('');
    return post(this.url, this.envelope(operation, body), http);
  }

  boot = (): Promise<HttpAnswer> =>
    this.send('BootNotification', { chargePointVendor: 'Vendor', chargePointModel: 'Model' });

  /** A transaction: what it is called. */
  async start(idTag = 'AB12', timestamp = '2026-01-05T10:00:00Z'): Promise<string> {
    const { text } = await this.send('StartTransaction', { connectorId: 1, idTag, timestamp, meterStart: 1000 });
    return textOf(text, 'transactionId') ?? '';
  }

  /** Opens the station's own service and says so in `From` from now on. */
  async listen(): Promise<string> {
    const server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        seen.push(text);
        this.calls.push(text);
        const operation = /<s:Body><o:(\w+)Request/.exec(text)?.[1] ?? '';
        const body = this.onCall(operation, text);
        if (body === undefined) return;
        const isWhole = /^<(?:\?xml|[\w-]+:Envelope)/.test(body);
        const relatesTo = textOf(text, 'MessageID');
        response.writeHead(isWhole && body.includes('Fault') ? 500 : 200, {
          'Content-Type': 'application/soap+xml; charset=utf-8',
        });
        response.end(
          isWhole
            ? body
            : `<s:Envelope xmlns:s="${SOAP12}" xmlns:a="${WSA}" xmlns:p="urn://Ocpp/Cp/${namespaces[this.version]}/"><s:Header><a:Action>/${operation}Response</a:Action><a:RelatesTo>${relatesTo}</a:RelatesTo></s:Header><s:Body><p:${operation}Response>${body}</p:${operation}Response></s:Body></s:Envelope>`,
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#service = server;
    this.from = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cp`;
    return this.from;
  }

  async close(): Promise<void> {
    this.#service?.closeAllConnections();
    await new Promise<void>((resolve) =>
      this.#service === undefined ? resolve() : this.#service.close(() => resolve()),
    );
  }
}
