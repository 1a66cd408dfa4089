/** The dialects of SOAP stations, each with the envelope that it really sends, to the letter, and the answer that it insists on. */
import { describe, expect, it } from 'vitest';
import { post, textOf } from '../support/soap.ts';
import { soapStations, stage } from './support.ts';

const on = stage({ EVSEBRIDGE_UNKNOWN_TOKENS: 'accept', EVSEBRIDGE_CALL_TIMEOUT: '6' });
const station = soapStations(on);

/** Envelopes of stations of 1.5, unless they say otherwise; `FROM` stands for the address of their service. */
const dialects: Readonly<
  Record<string, { id: string; envelope: string; deviations: readonly string[]; callable: boolean }>
> = {
  'everything as it should be, of 1.6': {
    id: 'GW-TEST-01',
    envelope: `<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
            xmlns:a="http://www.w3.org/2005/08/addressing"
            xmlns:cs="urn://Ocpp/Cs/2015/10/">
  <s:Header>
    <cs:chargeBoxIdentity s:mustUnderstand="true">GW-TEST-01</cs:chargeBoxIdentity>
    <a:Action s:mustUnderstand="true">/BootNotification</a:Action>
    <a:MessageID>urn:uuid:4a7f0c1e-52b1-4a83-9d4d-6f6d6c0f7a11</a:MessageID>
    <a:From><a:Address>FROM</a:Address></a:From>
    <a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo>
    <a:To>https://gw.example.net/Ocpp/CentralSystemService/</a:To>
  </s:Header>
  <s:Body>
    <cs:bootNotificationRequest>
      <cs:chargePointVendor>ACME</cs:chargePointVendor>
      <cs:chargePointModel>Wallbox 22</cs:chargePointModel>
      <cs:chargePointSerialNumber>WB22-000123</cs:chargePointSerialNumber>
      <cs:firmwareVersion>3.1.4</cs:firmwareVersion>
    </cs:bootNotificationRequest>
  </s:Body>
</s:Envelope>`,
    deviations: [],
    callable: true,
  },
  'WS-Addressing of 2004, a From that is plain text, the namespace of the other service (gSOAP)': {
    id: '210100001',
    envelope: `<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:SOAP-ENC="http://www.w3.org/2003/05/soap-encoding" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:cp="urn://Ocpp/Cp/2012/06/"><SOAP-ENV:Header><cp:chargeBoxIdentity SOAP-ENV:mustUnderstand="true">210100001</cp:chargeBoxIdentity><wsa:MessageID>urn:uuid:00000001-0000-0000-0000-000000000001</wsa:MessageID><wsa:From>FROM</wsa:From><wsa:ReplyTo SOAP-ENV:mustUnderstand="true"><wsa:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:Address></wsa:ReplyTo><wsa:To SOAP-ENV:mustUnderstand="true">http://gateway/soap</wsa:To><wsa:Action SOAP-ENV:mustUnderstand="true">/BootNotification</wsa:Action></SOAP-ENV:Header><SOAP-ENV:Body><cp:bootNotificationRequest><cp:chargePointVendor>Vendor</cp:chargePointVendor><cp:chargePointModel>Model</cp:chargePointModel></cp:bootNotificationRequest></SOAP-ENV:Body></SOAP-ENV:Envelope>`,
    deviations: ['soapAddressing2004', 'soapOtherService', 'soapPlainFrom'],
    callable: true,
  },
  'a prefix that is declared nowhere (in the style of ocpp-js)': {
    id: 'Simulator',
    envelope: `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"  xmlns:tns="urn://Ocpp/Cs/2012/06/"><soap:Header><h:chargeBoxIdentity xmlns:h="urn://Ocpp/Cp/2012/06/" >Simulator</h:chargeBoxIdentity><a:MessageID>urn:uuid:7c1ae9b0-5f0f-4c57-9a3e-36bfa6a4d3a1</a:MessageID><a:From><a:Address>FROM</a:Address></a:From><a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo><a:To>http://localhost:9220/Ocpp/CentralSystemService</a:To><a:Action soap:mustUnderstand="1">/BootNotification</a:Action></soap:Header><soap:Body><bootNotificationRequest xmlns="urn://Ocpp/Cs/2012/06/"><chargePointVendor>Vendor</chargePointVendor><chargePointModel>Model</chargePointModel></bootNotificationRequest></soap:Body></soap:Envelope>`,
    deviations: ['soapUndeclaredPrefix'],
    callable: true,
  },
  'no From': {
    id: 'MUTE',
    envelope: `<?xml version="1.0" encoding="UTF-8"?>
<soap12:Envelope xmlns:soap12="http://www.w3.org/2003/05/soap-envelope"><soap12:Header><ChargeBoxIdentity xmlns="urn://Ocpp/Cs/2012/06/">MUTE</ChargeBoxIdentity><Action xmlns="http://www.w3.org/2005/08/addressing">/BootNotification</Action><MessageID xmlns="http://www.w3.org/2005/08/addressing">1</MessageID></soap12:Header><soap12:Body><bootNotificationRequest xmlns="urn://Ocpp/Cs/2012/06"><chargePointModel>Model</chargePointModel><chargePointVendor>Vendor</chargePointVendor><meterType xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/></bootNotificationRequest></soap12:Body></soap12:Envelope>`,
    deviations: [],
    callable: false,
  },
  'SOAP 1.1': {
    id: 'SOAP11',
    envelope: `<?xml version="1.0"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="urn://Ocpp/Cs/2012/06/" xmlns:add="http://www.w3.org/2005/08/addressing"><soapenv:Header><add:From><add:Address>FROM</add:Address></add:From><add:MessageID>uuid:35ab</add:MessageID><add:Action>/BootNotification</add:Action><ns:chargeBoxIdentity soapenv:mustUnderstand="1">SOAP11</ns:chargeBoxIdentity></soapenv:Header><soapenv:Body><ns:bootNotificationRequest><ns:chargePointVendor>Vendor</ns:chargePointVendor><ns:chargePointModel>Model</ns:chargePointModel></ns:bootNotificationRequest></soapenv:Body></soapenv:Envelope>`,
    deviations: ['soap11'],
    callable: true,
  },
  'no headers but the identity': {
    id: 'BARE',
    envelope: `<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Header><c:chargeBoxIdentity xmlns:c="urn://Ocpp/Cs/2012/06/">BARE</c:chargeBoxIdentity></Header><Body><c:bootNotificationRequest xmlns:c="urn://Ocpp/Cs/2012/06/"><c:chargePointVendor>Vendor</c:chargePointVendor><c:chargePointModel>Model</c:chargePointModel></c:bootNotificationRequest></Body></Envelope>`,
    deviations: ['soapMissingHeader'],
    callable: false,
  },
  'a body without namespace': {
    id: 'NO-SPACE',
    envelope: `<S:Envelope xmlns:S="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"><S:Header><c:chargeBoxIdentity xmlns:c="urn://Ocpp/Cs/2012/06/">NO-SPACE</c:chargeBoxIdentity><a:Action>/BootNotification</a:Action><a:MessageID>m1</a:MessageID></S:Header><S:Body><bootNotificationRequest><chargePointVendor>Vendor</chargePointVendor><chargePointModel>Model</chargePointModel></bootNotificationRequest></S:Body></S:Envelope>`,
    deviations: ['soapNamespace'],
    callable: false,
  },
};

const all = Object.entries(dialects);
const kindOf = ({ deviations }: { deviations: readonly string[] }): { is11: boolean; is2004: boolean } => ({
  is11: deviations.includes('soap11'),
  is2004: deviations.includes('soapAddressing2004'),
});

describe('the dialect of a station', () => {
  it.each(all)('is understood, counted, and answered in kind with every header: %s', async (_name, dialect) => {
    const { id, envelope, deviations, callable } = dialect;
    const { is11, is2004 } = kindOf(dialect);
    const version = envelope.includes('2015/10') ? '1.6' : '1.5';
    const s = await station(id, version);
    const sent = envelope.replace('FROM', s.from ?? '');
    const answer = await post(s.url, sent);
    expect(answer.status, answer.text).toBe(200);
    expect(textOf(answer.text, 'status')).toBe('Accepted');
    expect(answer.text).toContain(
      `xmlns:s="${is11 ? 'http://schemas.xmlsoap.org/soap/envelope/' : 'http://www.w3.org/2003/05/soap-envelope'}"`,
    );
    expect(answer.text).toContain(
      `xmlns:a="${is2004 ? 'http://schemas.xmlsoap.org/ws/2004/08/addressing' : 'http://www.w3.org/2005/08/addressing'}"`,
    );
    expect(textOf(answer.text, 'MessageID')).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
    expect(textOf(answer.text, 'RelatesTo')).toBe(/<(?:\w+:)?MessageID[^>]*>([^<]*)</.exec(envelope)?.[1]);
    expect(textOf(answer.text, 'chargeBoxIdentity')).toBe(id);
    expect(textOf(answer.text, 'To')).toBe(callable ? s.from : `http://www.w3.org/2005/08/addressing/anonymous`);

    const { body } = await on.api.get(`/v1/stations/${id}`);
    expect(body).toMatchObject({
      version,
      transport: 'soap',
      connected: true,
      callable,
      vendorName: expect.any(String),
    });
    expect(Object.keys(body.deviations).sort()).toEqual([...deviations]);
    const messages = await on.api.all(`/v1/stations/${id}/messages?order=asc`);
    const [call, result] = messages.filter(({ action }) => action === 'BootNotification');
    expect([call.payload, result.payload]).toEqual([sent, answer.text]);
    expect(call.head).toMatchObject({ chargingStation: { model: expect.any(String) } });
  });

  it.each(all.filter(([, { callable }]) => callable))(
    'is called in kind, also when it answers resetConfirmation: %s',
    async (_name, dialect) => {
      const { id, envelope } = dialect;
      const { is2004 } = kindOf(dialect);
      const s = await station(id, envelope.includes('2015/10') ? '1.6' : '1.5');
      await post(s.url, envelope.replace('FROM', s.from ?? ''));
      const space = s.version === '1.6' ? 'urn://Ocpp/Cp/2015/10/' : 'urn://Ocpp/Cp/2012/06/';
      s.onCall = () =>
        `<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:cp="${space}"><SOAP-ENV:Header><wsa:RelatesTo>x</wsa:RelatesTo><wsa:Action>/ResetResponse</wsa:Action></SOAP-ENV:Header><SOAP-ENV:Body><cp:resetConfirmation><cp:status>Accepted</cp:status></cp:resetConfirmation></SOAP-ENV:Body></SOAP-ENV:Envelope>`;
      const { body } = await on.api.command(id, 'Reset', { type: 'Immediate' });
      expect(body).toMatchObject({ state: 'completed', response: { status: 'Accepted' } });
      const [call = ''] = s.calls;
      expect(call).toContain(
        `xmlns:a="${is2004 ? 'http://schemas.xmlsoap.org/ws/2004/08/addressing' : 'http://www.w3.org/2005/08/addressing'}"`,
      );
      expect(call).toContain(`<o:resetRequest>`);
      expect(call).toContain(`xmlns:o="${space}"`);
      expect(textOf(call, 'To')).toBe(s.from);
      expect((await on.api.get(`/v1/stations/${id}`)).body.deviations).toMatchObject({
        soapConfirmation: 1,
        soapAddressing2004: expect.any(Number),
      });
    },
  );

  it.each(all.filter(([, { deviations }]) => deviations.length > 0))(
    'is refused of a strict station: %s',
    async (_name, dialect) => {
      const { id, envelope, deviations } = dialect;
      const { is11 } = kindOf(dialect);
      const s = await station(`${id}-STRICT`, '1.5', false);
      await on.api.put(`/v1/stations/${s.id}`, { strict: true });
      const answer = await post(
        s.url,
        envelope.replaceAll(`>${id}<`, `>${s.id}<`).replace('FROM', 'http://127.0.0.1:1/'),
      );
      expect(answer.status).toBe(is11 ? 500 : 400);
      for (const code of deviations) expect(answer.text).toContain(code);
      expect((await on.api.get(`/v1/stations/${s.id}`)).body).toMatchObject({ registrationStatus: null });
      // Sent as it should be, it is taken.
      expect((await s.boot()).status).toBe(200);
    },
  );
});

describe('values', () => {
  it('that are dates without zone, numbers with signs and fractions, empty or nil, are understood', async () => {
    const s = await station('VALUES', '1.6', false);
    await s.boot();
    const nil = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"';
    const start = await s.send(
      'StartTransaction',
      `<c:meterStart>+1000</c:meterStart><c:timestamp>2026-01-05T10:00:00</c:timestamp><c:reservationId ${nil}/><c:connectorId> 1 </c:connectorId><c:idTag>AB12</c:idTag>`,
    );
    const transactionId = Number(textOf(start.text, 'transactionId'));
    expect(transactionId).toBeGreaterThan(0);
    const meter = await s.send(
      'MeterValues',
      `<c:connectorId>1</c:connectorId><c:transactionId>${transactionId}</c:transactionId><c:meterValue><c:timestamp>2026-01-05T11:05:00+01:00</c:timestamp><c:sampledValue><c:value>1500.50</c:value></c:sampledValue><c:sampledValue><c:value/><c:measurand>Voltage</c:measurand></c:sampledValue></c:meterValue>`,
    );
    expect(meter.status, meter.text).toBe(200);
    // Nothing at all, as the WSDL allows.
    expect((await s.send('MeterValues', { connectorId: 1 })).status).toBe(200);
    const stop = await s.send('StopTransaction', {
      transactionId,
      timestamp: '2026-01-05 10:10:00Z',
      meterStop: '2000.0',
      idTag: '',
    });
    expect(stop.status, stop.text).toBe(200);
    expect(await on.api.all('/v1/transactions?stationId=VALUES')).toMatchObject([
      {
        startedAt: '2026-01-05T10:00:00.000Z',
        endedAt: '2026-01-05T10:10:00.000Z',
        meterStart: 1000,
        meterStop: 2000,
        energyWh: 1000,
      },
    ]);
    const { deviations } = (await on.api.get('/v1/stations/VALUES')).body;
    expect(Object.keys(deviations)).toEqual(expect.arrayContaining(['dateTime']));
  });
});
