/** Envelopes as OCPP-S has them, and as stations send them. */
import { describe, expect, it } from 'vitest';
import {
  type Envelope,
  readEnvelope,
  standardDialect,
  writeEnvelope,
  writeFaultEnvelope,
} from '../../../src/ocpp/soap/envelope.ts';
import { faultOf, httpStatusOf } from '../../../src/ocpp/soap/faults.ts';
import { v15 } from '../../../src/ocpp/versions/1.5.ts';
import { v16 } from '../../../src/ocpp/versions/1.6.ts';

const versions = [v15, v16];
const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';
const WSA = 'http://www.w3.org/2005/08/addressing';

const boot16 = `<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="${SOAP12}" xmlns:a="${WSA}" xmlns:cs="urn://Ocpp/Cs/2015/10/">
  <s:Header>
    <cs:chargeBoxIdentity s:mustUnderstand="true">GW-TEST-01</cs:chargeBoxIdentity>
    <a:Action s:mustUnderstand="true">/BootNotification</a:Action>
    <a:MessageID>urn:uuid:4a7f0c1e-52b1-4a83-9d4d-6f6d6c0f7a11</a:MessageID>
    <a:From><a:Address>http://10.20.30.40:8080/cp</a:Address></a:From>
    <a:ReplyTo><a:Address>${WSA}/anonymous</a:Address></a:ReplyTo>
    <a:To>https://gw.example.net/Ocpp/CentralSystemService/</a:To>
  </s:Header>
  <s:Body>
    <cs:bootNotificationRequest>
      <cs:chargePointVendor>ACME</cs:chargePointVendor>
      <cs:chargePointModel>Wallbox 22</cs:chargePointModel>
    </cs:bootNotificationRequest>
  </s:Body>
</s:Envelope>`;

const read = (text: string, known?: typeof v15): Envelope => readEnvelope(text, 'centralSystem', versions, () => known);
/** A request in an envelope of any form. */
const enveloped = (headers: string, body: string, root = `xmlns:s="${SOAP12}" xmlns:a="${WSA}"`): string =>
  `<s:Envelope ${root}><s:Header>${headers}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
const identity = '<c:chargeBoxIdentity xmlns:c="urn://Ocpp/Cs/2012/06/">CP1</c:chargeBoxIdentity>';
const heartbeat = '<c:heartbeatRequest xmlns:c="urn://Ocpp/Cs/2012/06/"/>';

describe('readEnvelope', () => {
  it('reads a request with all its headers', () => {
    expect(read(boot16)).toEqual({
      kind: 'request',
      version: v16,
      action: 'BootNotification',
      payload: { chargePointVendor: 'ACME', chargePointModel: 'Wallbox 22' },
      dialect: standardDialect,
      headers: {
        chargeBoxIdentity: 'GW-TEST-01',
        messageId: 'urn:uuid:4a7f0c1e-52b1-4a83-9d4d-6f6d6c0f7a11',
        from: 'http://10.20.30.40:8080/cp',
        to: 'https://gw.example.net/Ocpp/CentralSystemService/',
      },
      deviations: [],
    });
  });

  it("reads 1.5's meter values with their attributes, in lists", () => {
    const body = `<c:meterValuesRequest xmlns:c="urn://Ocpp/Cs/2012/06/"><c:connectorId>1</c:connectorId><c:transactionId>7</c:transactionId><c:values>
      <c:timestamp>2026-01-01T00:00:00Z</c:timestamp><c:value unit="Amp" measurand="Current.Import">16.0</c:value><c:value>1000</c:value></c:values></c:meterValuesRequest>`;
    expect(read(enveloped(identity, body))).toMatchObject({
      version: v15,
      action: 'MeterValues',
      payload: {
        connectorId: 1,
        transactionId: 7,
        values: [
          {
            timestamp: '2026-01-01T00:00:00Z',
            value: [{ $value: '16.0', attributes: { measurand: 'Current.Import', unit: 'Amp' } }, { $value: '1000' }],
          },
        ],
      },
    });
  });

  it('reads any order, nil, and what it does not know', () => {
    const body =
      '<c:authorizeRequest xmlns:c="urn://Ocpp/Cs/2015/10/" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><c:extra><c:a>1</c:a></c:extra><c:none i:nil="true"/><c:idTag>AB</c:idTag></c:authorizeRequest>';
    expect(read(enveloped(identity, body))).toMatchObject({ payload: { extra: { a: '1' }, idTag: 'AB' } });
  });

  it.each([
    [
      'WS-Addressing of 2004',
      enveloped(
        `${identity}<w:MessageID xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing">m</w:MessageID>`,
        heartbeat,
      ),
      'soapAddressing2004',
    ],
    ['a From without Address', enveloped(`${identity}<a:From>http://cp:1/</a:From>`, heartbeat), 'soapPlainFrom'],
    [
      "the station's namespace in a request to the CSMS",
      enveloped(identity, '<c:heartbeatRequest xmlns:c="urn://Ocpp/Cp/2012/06/"/>'),
      'soapOtherService',
    ],
    ['SOAP 1.1', enveloped(identity, heartbeat, 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'), 'soap11'],
    ['no MessageID', enveloped(identity, heartbeat), 'soapMissingHeader'],
    [
      'an undeclared prefix of a header',
      enveloped(`${identity}<q:MessageID>m</q:MessageID>`, heartbeat),
      'soapUndeclaredPrefix',
    ],
  ] as const)('takes %s', (_what, text, deviation) => {
    const envelope = read(text);
    expect(envelope).toMatchObject({
      kind: 'request',
      version: v15,
      action: 'Heartbeat',
      headers: { chargeBoxIdentity: 'CP1' },
    });
    expect(envelope.deviations).toContain(deviation);
    if (deviation === 'soapPlainFrom') expect(envelope.headers.from).toBe('http://cp:1/');
  });

  it('takes the namespace without its slash, and the identity in any spelling', () => {
    const text = enveloped(
      '<ChargeBoxIdentity>CP1</ChargeBoxIdentity>',
      '<c:heartbeatRequest xmlns:c="urn://Ocpp/Cs/2015/10"/>',
    );
    expect(read(text)).toMatchObject({ version: v16, headers: { chargeBoxIdentity: 'CP1' } });
  });

  it('goes by the header, then by what the station spoke before, when the body has no namespace', () => {
    const bare = '<chargeBoxIdentity>CP1</chargeBoxIdentity>';
    for (const [body, deviation] of [
      ['<heartbeatRequest/>', 'soapNamespace'],
      ['<q:heartbeatRequest/>', 'soapUndeclaredPrefix'],
    ] as const) {
      const understood = { kind: 'request', version: v15, action: 'Heartbeat' };
      expect(read(enveloped(identity, body))).toMatchObject(understood);
      expect(read(enveloped(identity, body)).deviations).toContain(deviation);
      const asked: unknown[] = [];
      const known = (id: string | undefined): typeof v15 => {
        asked.push(id);
        return v15;
      };
      expect(readEnvelope(enveloped(bare, body), 'centralSystem', versions, known)).toMatchObject(understood);
      expect(asked).toEqual(['CP1']);
      expect(read(enveloped(bare, body))).toMatchObject({
        kind: 'refused',
        fault: { code: 'Sender', subcode: 'ProtocolError' },
      });
    }
  });

  it('has nothing in a payload that was not said, whatever elements are called', () => {
    const body = `<c:authorizeRequest xmlns:c="urn://Ocpp/Cs/2015/10/"><c:constructor>1</c:constructor><c:toString/><c:__proto__><c:idTag>X</c:idTag></c:__proto__><c:idTag>AB</c:idTag></c:authorizeRequest>`;
    const { payload } = read(enveloped(identity, body)) as { payload: object };
    expect(JSON.parse(JSON.stringify(payload))).toEqual(
      JSON.parse('{"constructor":"1","toString":"","__proto__":{"idTag":"X"},"idTag":"AB"}'),
    );
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
  });

  it('reads MeterValues of 1.6 without any value, as the WSDL allows', () => {
    const body =
      '<c:meterValuesRequest xmlns:c="urn://Ocpp/Cs/2015/10/"><c:connectorId>1</c:connectorId></c:meterValuesRequest>';
    expect(read(enveloped(identity, body))).toMatchObject({ payload: { connectorId: 1, meterValue: [] } });
    const request = { connectorId: 1, meterValue: [] };
    expect(
      writeEnvelope(v16, 'centralSystem', 'request', 'MeterValues', request, { dialect: standardDialect, headers: {} }),
    ).toContain('<o:meterValuesRequest><o:connectorId>1</o:connectorId></o:meterValuesRequest>');
  });

  it('has no reply address when the station names the anonymous one', () => {
    for (const address of [`${WSA}/anonymous`, `${WSA}/none`]) {
      const from = `<a:From><a:Address>${address}</a:Address></a:From>`;
      expect(read(enveloped(identity + from, heartbeat)).headers.from).toBeUndefined();
    }
  });

  it.each([
    ['another document', '<html/>', { code: 'VersionMismatch' }],
    ['an envelope of the future', '<s:Envelope xmlns:s="urn:soap3"/>', { code: 'VersionMismatch' }],
    ['no body', enveloped(identity, ''), { code: 'Sender', subcode: 'ProtocolError' }],
    [
      'another service',
      enveloped(identity, '<x:fooRequest xmlns:x="urn:x"/>'),
      { code: 'Sender', subcode: 'ProtocolError' },
    ],
    [
      'a header that must be understood',
      enveloped(`${identity}<w:Security xmlns:w="urn:w" s:mustUnderstand="1"/>`, heartbeat),
      { code: 'MustUnderstand' },
    ],
  ])('refuses %s', (_what, text, fault) => {
    expect(read(text)).toMatchObject({ kind: 'refused', fault });
  });

  it('reads the answers of a station, resetConfirmation too', () => {
    const answer = (name: string): Envelope =>
      readEnvelope(
        enveloped(
          '<a:Action>/ResetResponse</a:Action><a:RelatesTo>m</a:RelatesTo>',
          `<c:${name} xmlns:c="urn://Ocpp/Cp/2012/06/"><c:status>Accepted</c:status></c:${name}>`,
        ),
        'chargePoint',
        versions,
      );
    expect(answer('resetResponse')).toMatchObject({
      kind: 'response',
      action: 'Reset',
      payload: { status: 'Accepted' },
      deviations: [],
    });
    expect(answer('resetConfirmation')).toMatchObject({
      kind: 'response',
      action: 'Reset',
      deviations: ['soapConfirmation'],
    });
  });

  it('reads Faults of both SOAPs', () => {
    const fault12 =
      '<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>x:NotSupported</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">no</s:Text></s:Reason></s:Fault>';
    expect(read(enveloped('', fault12))).toMatchObject({
      kind: 'fault',
      failure: { condition: 'NotSupported', description: 'no' },
    });
    const fault11 = '<s:Fault><faultcode>s:Client</faultcode><faultstring>bad</faultstring></s:Fault>';
    expect(read(enveloped('', fault11))).toMatchObject({
      kind: 'fault',
      failure: { condition: 'GenericError', description: 'bad' },
    });
  });
});

describe('writeEnvelope', () => {
  it('writes a request to a station to the letter', () => {
    const text = writeEnvelope(
      v16,
      'chargePoint',
      'request',
      'RemoteStartTransaction',
      { idTag: '04A1', connectorId: 1 },
      {
        dialect: standardDialect,
        headers: {
          chargeBoxIdentity: 'A&B',
          messageId: 'urn:uuid:1',
          from: 'http://gw/soap',
          to: 'http://cp/?a=1&b=2',
        },
      },
    );
    expect(text).toBe(
      `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${SOAP12}" xmlns:a="${WSA}" xmlns:o="urn://Ocpp/Cp/2015/10/"><s:Header><o:chargeBoxIdentity s:mustUnderstand="true">A&amp;B</o:chargeBoxIdentity><a:Action s:mustUnderstand="true">/RemoteStartTransaction</a:Action><a:MessageID>urn:uuid:1</a:MessageID><a:From><a:Address>http://gw/soap</a:Address></a:From><a:ReplyTo><a:Address>${WSA}/anonymous</a:Address></a:ReplyTo><a:To>http://cp/?a=1&amp;b=2</a:To></s:Header><s:Body><o:remoteStartTransactionRequest><o:connectorId>1</o:connectorId><o:idTag>04A1</o:idTag></o:remoteStartTransactionRequest></s:Body></s:Envelope>`,
    );
  });

  it("orders 1.5's elements as 1.5 does, with attributes where it has them", () => {
    const written = { dialect: standardDialect, headers: {} };
    const text = writeEnvelope(
      v15,
      'chargePoint',
      'request',
      'RemoteStartTransaction',
      { connectorId: 1, idTag: 'X' },
      written,
    );
    expect(text).toContain('<o:idTag>X</o:idTag><o:connectorId>1</o:connectorId>');
    const values = [{ timestamp: '2026-01-01T00:00:00Z', value: [{ $value: '1<', attributes: { unit: 'Amp' } }] }];
    expect(
      writeEnvelope(v15, 'centralSystem', 'request', 'MeterValues', { values, connectorId: 1 }, written),
    ).toContain(
      '<o:connectorId>1</o:connectorId><o:values><o:timestamp>2026-01-01T00:00:00Z</o:timestamp><o:value unit="Amp">1&lt;</o:value></o:values>',
    );
  });

  it('knows no Action that the WSDLs do not have', () => {
    expect(() =>
      writeEnvelope(v16, 'chargePoint', 'request', 'GetLog', {}, { dialect: standardDialect, headers: {} }),
    ).toThrow('OCPP 1.6 over SOAP has no GetLog of the chargePoint');
  });

  it('answers in the dialect of the request', () => {
    const dialect = { soap: '1.1', addressing: 'http://schemas.xmlsoap.org/ws/2004/08/addressing' } as const;
    const text = writeEnvelope(
      v15,
      'centralSystem',
      'response',
      'Heartbeat',
      { currentTime: '2026-01-01T00:00:00Z' },
      {
        dialect,
        headers: { relatesTo: 'm1' },
      },
    );
    expect(text).toContain('xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"');
    expect(text).toContain('<a:Action s:mustUnderstand="1">/HeartbeatResponse</a:Action>');
    expect(text).toContain('<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>');
    expect(text).toContain('<a:RelatesTo>m1</a:RelatesTo>');
  });
});

describe('Faults', () => {
  it.each(['1.1', '1.2'] as const)('of SOAP %s are read as they are written', (soap) => {
    for (const [condition, back] of [
      ['SecurityError', 'SecurityError'],
      ['NotImplemented', 'NotSupported'],
      ['FormatViolation', 'ProtocolError'],
      ['InternalError', 'InternalError'],
    ] as const) {
      const text = writeFaultEnvelope(faultOf(condition, 'a <reason>'), 'urn://Ocpp/Cs/2012/06/', {
        dialect: { ...standardDialect, soap },
        headers: { relatesTo: 'm1' },
      });
      expect(read(text)).toMatchObject({
        kind: 'fault',
        headers: { relatesTo: 'm1' },
        failure: { condition: back, description: 'a <reason>' },
      });
    }
  });

  it('go with the HTTP status of their code', () => {
    expect(httpStatusOf(faultOf('SecurityError', ''), '1.2')).toBe(400);
    expect(httpStatusOf(faultOf('InternalError', ''), '1.2')).toBe(500);
    expect(httpStatusOf(faultOf('SecurityError', ''), '1.1')).toBe(500);
  });
});
