import { describe, expect, it } from 'vitest';
import { RawStation, until } from '../support/gateway.ts';
import { available, boot, protocols, stage } from './support.ts';

const meterValues = {
  'ocpp1.6': { connectorId: 1, meterValue: [{ timestamp: '2026-01-05T10:00:00Z', sampledValue: [{ value: '1' }] }] },
  'ocpp2.0.1': { evseId: 1, meterValue: [{ timestamp: '2026-01-05T10:00:00Z', sampledValue: [{ value: 1 }] }] },
  'ocpp2.1': { evseId: 1, meterValue: [{ timestamp: '2026-01-05T10:00:00Z', sampledValue: [{ value: 1 }] }] },
};

const security = [4, expect.any(String), 'SecurityError', expect.any(String), {}];

describe('stations that nobody has entered', () => {
  const on = stage({
    EVSEBRIDGE_UNKNOWN_STATIONS: 'pending',
    EVSEBRIDGE_RETRY_INTERVAL: '7',
    EVSEBRIDGE_HEARTBEAT_INTERVAL: '99',
  });

  it.each(protocols)('are pending until an operator admits them (%s)', async (protocol) => {
    const id = `P-${protocol}`;
    const station = await RawStation.connect(on.url, id, protocol);
    // Before any BootNotification, and while pending.
    expect(await station.call('MeterValues', meterValues[protocol])).toEqual(security);
    expect((await station.call('BootNotification', boot[protocol]))[2]).toMatchObject({
      status: 'Pending',
      interval: 7,
    });
    expect(await station.call('MeterValues', meterValues[protocol])).toEqual(security);
    expect(await station.call('StatusNotification', available(protocol))).toEqual(security);
    expect((await on.api.get(`/v1/stations/${id}`)).body).toMatchObject({
      registrationStatus: 'Pending',
      vendorName: 'Vendor',
      evses: [],
    });

    // What was asked for may be sent, even in one packet with the answer.
    let told: Promise<unknown[]> | undefined;
    station.onCall = ([, callId]) => {
      station.send([3, callId, { status: 'Accepted' }]);
      told = station.call('StatusNotification', available(protocol));
      return undefined;
    };
    const trigger = await on.api.command(id, 'TriggerMessage', {
      requestedMessage: 'StatusNotification',
      evse: { id: 1, connectorId: 1 },
    });
    expect(trigger.body).toMatchObject({ state: 'completed', response: { status: 'Accepted' } });
    expect((await told)?.slice(0, 1)).toEqual([3]);
    expect(await station.call('MeterValues', meterValues[protocol])).toEqual(security);

    // An operator decides; the station learns it with its next BootNotification.
    expect((await on.api.put(`/v1/stations/${id}`, { admission: 'Accepted' })).status).toBe(200);
    expect((await station.call('BootNotification', boot[protocol]))[2]).toMatchObject({
      status: 'Accepted',
      interval: 99,
    });
    expect((await station.call('StatusNotification', available(protocol)))[0]).toBe(3);
    expect((await on.api.get(`/v1/stations/${id}`)).body.evses).toMatchObject([
      { id: 1, connectors: [{ id: 1, status: 'Available' }] },
    ]);

    await on.api.put(`/v1/stations/${id}`, { admission: 'Rejected' });
    expect((await station.call('BootNotification', boot[protocol]))[2]).toMatchObject({ status: 'Rejected' });
    expect(await station.call('StatusNotification', available(protocol))).toEqual(security);
    const barred = await on.api.command(id, 'DataTransfer', { vendorId: 'x' });
    expect(barred.body).toMatchObject({ state: 'refused', native: [], error: { code: 'SecurityError' } });
    await station.close();
  });

  it.each(protocols)('F16: what nobody asked for is refused, and goes no further (%s)', async (protocol) => {
    const id = `F16-${protocol}`;
    const station = await RawStation.connect(on.url, id, protocol);
    expect((await station.call('BootNotification', boot[protocol]))[2].status).toBe('Pending');
    expect(await station.call('MeterValues', meterValues[protocol])).toEqual(security);
    const [call, error] = await until(async () => {
      const stored = await on.api.all(`/v1/stations/${id}/messages?action=MeterValues&order=asc`);
      return stored.length === 2 && stored;
    }, 'the record of both');
    expect(call).toMatchObject({ type: 'Call', head: protocol === 'ocpp2.1' ? meterValues[protocol] : null });
    expect(error).toMatchObject({ type: 'CallError', payload: { code: 'SecurityError' } });
    await station.close();
  });

  it.each(protocols)('F17: are not asked to charge (%s)', async (protocol) => {
    const id = `F17-${protocol}`;
    const station = await RawStation.connect(on.url, id, protocol);
    expect((await station.call('BootNotification', boot[protocol]))[2].status).toBe('Pending');
    const start = await on.api.command(id, 'RequestStartTransaction', {
      idToken: { idToken: 'T', type: 'Central' },
      remoteStartId: 1,
      evseId: 1,
    });
    expect(start.body).toMatchObject({
      state: 'refused',
      native: [],
      response: { status: 'Rejected', statusInfo: { reasonCode: 'CSNotAccepted' } },
    });
    const stop = await on.api.command(id, 'RequestStopTransaction', { transactionId: 'x' });
    expect(stop.body).toMatchObject({ state: 'refused', native: [], response: { status: 'Rejected' } });
    // Anything that had been sent would be here before the answer.
    expect((await station.call('BootNotification', boot[protocol]))[0]).toBe(3);
    expect(station.frames.filter(([type]) => type === 2)).toEqual([]);
    await station.close();
  });

  it('may be entered beforehand', async () => {
    const { status, body } = await on.api.put('/v1/stations/KNOWN', { admission: 'Accepted' });
    expect([status, body.registrationStatus, body.version]).toEqual([201, null, null]);
    const station = await RawStation.connect(on.url, 'KNOWN', 'ocpp2.1');
    expect((await station.call('BootNotification', boot['ocpp2.1']))[2]).toMatchObject({ status: 'Accepted' });
    await station.close();
  });
});

describe('stations that are pending and may be early', () => {
  const on = stage({ EVSEBRIDGE_UNKNOWN_STATIONS: 'pending', EVSEBRIDGE_EARLY_MESSAGES: 'take' });

  it.each(protocols)('F16: are heard, but may not charge (%s)', async (protocol) => {
    const id = `E-${protocol}`;
    const station = await RawStation.connect(on.url, id, protocol);
    expect((await station.call('BootNotification', boot[protocol]))[2].status).toBe('Pending');
    expect((await station.call('MeterValues', meterValues[protocol]))[2]).toEqual({});
    expect((await station.call('StatusNotification', available(protocol)))[2]).toEqual({});
    const token = protocol === 'ocpp1.6' ? { idTag: 'T' } : { idToken: { idToken: 'T', type: 'Central' } };
    expect(await station.call('Authorize', token)).toEqual(security);
    const stored = await on.api.all(`/v1/stations/${id}/messages?action=MeterValues&order=asc`);
    expect(stored.map(({ type, head }) => [type, head !== null])).toEqual([
      ['Call', true],
      ['CallResult', true],
    ]);
    expect((await on.api.get(`/v1/stations/${id}`)).body).toMatchObject({
      registrationStatus: 'Pending',
      deviations: { messageBeforeAccepted: 2 },
      evses: [{ id: 1, connectors: [{ id: 1, status: 'Available' }] }],
    });
    await on.api.put(`/v1/stations/${id}`, { strict: true });
    expect(await station.call('MeterValues', meterValues[protocol])).toEqual(security);
    await station.close();
  });
});

describe('stations that are rejected', () => {
  const on = stage({ EVSEBRIDGE_UNKNOWN_STATIONS: 'reject' });

  it('F5: are refused at the door when they are unknown, whatever password they have', async () => {
    const basic = (id: string) => ({
      headers: { authorization: `Basic ${Buffer.from(`${id}:a-secret-of-16-characters`).toString('base64')}` },
    });
    await expect(RawStation.connect(on.url, 'NOBODY', 'ocpp1.6')).rejects.toThrow(/404/);
    await expect(RawStation.connect(on.url, 'NOBODY', 'ocpp1.6', basic('NOBODY'))).rejects.toThrow(/404/);
    await on.restart({ EVSEBRIDGE_UNKNOWN_STATIONS: 'reject', EVSEBRIDGE_HIDE_UNKNOWN: 'true' });
    await expect(RawStation.connect(on.url, 'NOBODY', 'ocpp1.6', basic('NOBODY'))).rejects.toThrow(/401/);
    expect((await on.api.get('/v1/stations/NOBODY')).status).toBe(404);
    await on.api.put('/v1/stations/SOMEBODY', { admission: 'Accepted' });
    const station = await RawStation.connect(on.url, 'SOMEBODY', 'ocpp1.6');
    expect((await station.call('BootNotification', boot['ocpp1.6']))[2]).toMatchObject({ status: 'Accepted' });
    await station.close();
  });
});

describe('stations that are accepted', () => {
  const on = stage();

  it.each(protocols)(
    'may be late with their BootNotification, unless an operator said otherwise (%s)',
    async (protocol) => {
      const id = `L-${protocol}`;
      const station = await RawStation.connect(on.url, id, protocol);
      expect((await station.call('StatusNotification', available(protocol)))[0]).toBe(3);
      expect((await on.api.get(`/v1/stations/${id}`)).body.deviations).toMatchObject({ messageBeforeBoot: 1 });
      await station.close();
      await on.api.put(`/v1/stations/B-${protocol}`, { admission: 'Pending' });
      const other = await RawStation.connect(on.url, `B-${protocol}`, protocol);
      expect((await other.call('StatusNotification', available(protocol)))[2]).toBe('SecurityError');
      await other.close();
    },
  );

  it.each(protocols)('are tolerated or held to the letter (%s)', async (protocol) => {
    const id = `S-${protocol}`;
    const station = await RawStation.connect(on.url, id, protocol);
    await station.call('BootNotification', boot[protocol]);
    const odd = { ...available(protocol), vendorField: 1 };
    expect((await station.call('StatusNotification', odd))[0]).toBe(3);
    expect((await on.api.get(`/v1/stations/${id}`)).body).toMatchObject({
      strict: false,
      deviations: { unknownProperty: 1 },
    });
    await on.api.put(`/v1/stations/${id}`, { strict: true });
    const format = protocol === 'ocpp1.6' ? 'FormationViolation' : 'FormatViolation';
    expect((await station.call('StatusNotification', odd))[2]).toBe(format);
    expect((await station.call('StatusNotification', available(protocol, '2026-01-05T11:00:00.000Z')))[0]).toBe(3);
    station.send('[2,17,"Heartbeat",{}]');
    expect((await station.next(([type, messageId]) => type === 4 && messageId === '-1'))[0]).toBe(4);
    expect((await on.api.get(`/v1/stations/${id}`)).body).toMatchObject({ strict: true });
    await station.close();
  });

  it('F12: a StartTransaction without meterStart is mended or refused', async () => {
    const station = await RawStation.connect(on.url, 'F12', 'ocpp1.6');
    await station.call('BootNotification', boot['ocpp1.6']);
    const start = { connectorId: 1, idTag: 'T', timestamp: '2026-01-05T10:00:00Z' };
    const [type, , payload] = await station.call('StartTransaction', start);
    expect([type, payload.transactionId]).toEqual([3, expect.any(Number)]);
    expect((await on.api.get('/v1/stations/F12')).body.deviations).toMatchObject({ missingField: 1 });
    // From now on it is known where the register stands.
    const { transactionId } = payload;
    await station.call('StopTransaction', { transactionId, meterStop: 1500, timestamp: '2026-01-05T11:00:00Z' });
    await station.call('StartTransaction', { ...start, timestamp: '2026-01-05T12:00:00Z' });
    const [later] = await on.api.all('/v1/transactions?stationId=F12&active=true');
    expect(later).toMatchObject({ meterStart: 1500, startedAt: '2026-01-05T12:00:00.000Z' });
    await on.api.put('/v1/stations/F12', { strict: true });
    expect((await station.call('StartTransaction', { ...start, connectorId: 2 }))[2]).toBe(
      'OccurenceConstraintViolation',
    );
    await station.close();
  });

  it('stay accepted over a reconnection and a restart', async () => {
    let station = await RawStation.connect(on.url, 'R1', 'ocpp1.6');
    await station.call('BootNotification', boot['ocpp1.6']);
    await station.close();
    await on.restart({ EVSEBRIDGE_UNKNOWN_STATIONS: 'pending' });
    station = await RawStation.connect(on.url, 'R1', 'ocpp1.6');
    expect((await station.call('StatusNotification', available('ocpp1.6')))[0]).toBe(3);
    expect((await station.call('BootNotification', boot['ocpp1.6']))[2]).toMatchObject({ status: 'Accepted' });
    await station.close();
  });
});
