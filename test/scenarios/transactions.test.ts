import { describe, expect, it } from 'vitest';
import { RawStation } from '../support/gateway.ts';
import { boot, booted, protocols, stage } from './support.ts';

const on = stage();
const at = (minute: number): string => `2026-01-05T10:${String(minute).padStart(2, '0')}:00.000Z`;
const transactions = (id: string) => on.api.all(`/v1/transactions?stationId=${id}`);
const token = (id: string, more: object = {}) =>
  on.api.put(`/v1/tokens/${id}`, { type: 'ISO14443', status: 'Accepted', ...more });

/** A charging session of 1.6 by its messages. */
const v16 = (station: RawStation) => ({
  start: async (connectorId: number, idTag: string, minute: number, meterStart = 1000) =>
    (await station.call('StartTransaction', { connectorId, idTag, meterStart, timestamp: at(minute) }))[2],
  meter: (transactionId: number | undefined, minute: number, ...sampledValue: object[]) =>
    station.call('MeterValues', {
      connectorId: 1,
      ...(transactionId === undefined ? {} : { transactionId }),
      meterValue: [{ timestamp: at(minute), sampledValue }],
    }),
  stop: (transactionId: number, minute: number, meterStop: number, more: object = {}) =>
    station.call('StopTransaction', { transactionId, meterStop, timestamp: at(minute), ...more }),
});

describe('a transaction of 1.6', () => {
  it.each([-1, 0, 123_456_789, 2 ** 63])('is the one that can only be meant by %s', async (wrong) => {
    await token('WRONG');
    const id = `W${wrong}`;
    const station = await booted(on.url, id, 'ocpp1.6');
    const { start, meter, stop } = v16(station);
    const { transactionId } = await start(1, 'WRONG', 1);
    expect((await meter(wrong, 2, { value: '1500' }))[0]).toBe(3);
    const stopped = await stop(wrong, 3, 2000, { idTag: 'WRONG' });
    expect(stopped[0]).toBe(3);
    const all = await transactions(id);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({
      nativeId: String(transactionId),
      meterStart: 1000,
      meterStop: 2000,
      energyWh: 1000,
      endedAt: at(3),
    });
    await station.close();
  });

  it('F22: that happened offline is one, with its own times', async () => {
    await token('OFF');
    const station = await booted(on.url, 'OFF', 'ocpp1.6');
    const { start, meter, stop } = v16(station);
    // All is sent at once, without the answer to StartTransaction.
    const started = start(1, 'OFF', 1);
    const rest = [
      meter(-1, 2, { value: '1200' }),
      meter(-1, 3, { value: '1400' }),
      stop(-1, 4, 1500, { idTag: 'OFF', reason: 'EVDisconnected' }),
    ];
    expect((await started).idTagInfo.status).toBe('Accepted');
    for (const answer of await Promise.all(rest)) expect(answer[0]).toBe(3);
    const all = await transactions('OFF');
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ startedAt: at(1), endedAt: at(4), energyWh: 500, stoppedReason: 'EVDisconnected' });
    const heads = (await on.api.all('/v1/stations/OFF/messages?order=asc'))
      .filter(({ head }) => head?.seqNo !== undefined)
      .map(({ head }) => head);
    expect(heads.map(({ seqNo }) => seqNo)).toEqual([0, 1, 2, 3]);
    expect(heads.every(({ offline }) => offline === true)).toBe(true);
    await station.close();
  });

  it('on an occupied connector ends the one before it', async () => {
    await token('OCC');
    const station = await booted(on.url, 'OCC', 'ocpp1.6');
    const { start, stop } = v16(station);
    const first = await start(1, 'OCC', 1);
    const second = await start(1, 'OCC', 5, 3000);
    expect(second.transactionId).not.toBe(first.transactionId);
    expect((await stop(second.transactionId, 9, 4000))[0]).toBe(3);
    const [newer, older] = await transactions('OCC');
    expect(older).toMatchObject({ nativeId: String(first.transactionId), endedAt: at(5), energyWh: 2000 });
    expect(newer).toMatchObject({ nativeId: String(second.transactionId), endedAt: at(9), energyWh: 1000 });
    // Its own end comes late, and is answered.
    expect((await stop(first.transactionId, 4, 2900, { idTag: 'OCC' }))[2]).toEqual({
      idTagInfo: { status: 'Accepted' },
    });
    expect(await transactions('OCC')).toHaveLength(2);
    await station.close();
  });

  it('of which only the end is known keeps its energy', async () => {
    const station = await booted(on.url, 'END', 'ocpp1.6');
    const data = [
      { timestamp: at(1), sampledValue: [{ value: '1', unit: 'kWh', context: 'Transaction.Begin' }] },
      { timestamp: at(5), sampledValue: [{ value: '3', unit: 'kWh', context: 'Transaction.End' }] },
    ];
    expect((await v16(station).stop(77, 5, 3000, { transactionData: data }))[0]).toBe(3);
    expect(await transactions('END')).toMatchObject([{ startedAt: at(1), endedAt: at(5), energyWh: 2000 }]);
    await station.close();
  });

  it('has the energy that its meter tells, in whatever form', async () => {
    await token('ENERGY');
    const station = await booted(on.url, 'ENERGY', 'ocpp1.6');
    const { start, meter, stop } = v16(station);
    const { transactionId } = await start(1, 'ENERGY', 1, 1000);
    const energy = async () => (await transactions('ENERGY'))[0].energyWh;
    await meter(transactionId, 2, { value: '1.25', unit: 'kWh' });
    expect(await energy()).toBe(250);
    // A number where text is meant; other measurands beside it.
    await meter(
      transactionId,
      3,
      { value: 1300 },
      { value: '16', measurand: 'Current.Import', unit: 'A', phase: 'L1' },
    );
    expect(await energy()).toBe(300);
    await meter(transactionId, 4, ...['L1', 'L2', 'L3'].map((phase) => ({ value: '0.5', unit: 'kWh', phase })));
    expect(await energy()).toBe(500);
    const signed = 'AP;0;3;ALCV3ABBBISHMA2RYEGAZE3HV5YQBQRAEHAR2MN…==';
    await meter(transactionId, 5, { value: signed, format: 'SignedData', context: 'Sample.Periodic' });
    expect((await stop(transactionId, 6, 2500))[0]).toBe(3);
    expect(await energy()).toBe(1500);
    const [{ id }] = await transactions('ENERGY');
    const values = await on.api.all(`/v1/transactions/${id}/meter-values`);
    const { signedMeterData } = values.find(({ at: time }) => time === at(5)).sampledValue[0].signedMeterValue;
    expect(Buffer.from(signedMeterData, 'base64').toString()).toBe(signed);
    await station.close();
  });

  it('is authorized by its token, however that is written', async () => {
    const station = await booted(on.url, 'AUTH', 'ocpp1.6');
    const status = async (idTag: string) => (await station.call('Authorize', { idTag }))[2].idTagInfo;
    await token('Mixed-Case', { groupIdToken: 'FAMILY' });
    expect(await status('mixed-case')).toEqual({ status: 'Accepted', parentIdTag: 'FAMILY' });
    expect(await status('MIXED-CASE')).toEqual({ status: 'Accepted', parentIdTag: 'FAMILY' });
    expect((await status('nobody')).status).toBe('Invalid');
    await token('BLOCKED', { status: 'Blocked' });
    expect((await status('BLOCKED')).status).toBe('Blocked');
    await token('PAST', { expiresAt: '2020-01-01T00:00:00Z' });
    expect((await status('PAST')).status).toBe('Expired');
    await token('FUTURE', { expiresAt: '2090-01-01T00:00:00.000Z' });
    expect(await status('FUTURE')).toEqual({ status: 'Accepted', expiryDate: '2090-01-01T00:00:00.000Z' });
    expect((await on.api.call('DELETE', '/v1/tokens/Mixed-Case')).status).toBe(204);
    expect((await status('mixed-case')).status).toBe('Invalid');
    await station.close();
  });

  it('is one of as many as its token may have at a time, on all stations together, also after a restart', async () => {
    await token('LIMIT', { maxActiveTransactions: 2 });
    let [a, b] = await Promise.all([booted(on.url, 'LIM-A', 'ocpp1.6'), booted(on.url, 'LIM-B', 'ocpp1.6')]);
    const one = await v16(a).start(1, 'LIMIT', 1);
    const two = await v16(b).start(1, 'limit', 1);
    expect([one.idTagInfo.status, two.idTagInfo.status]).toEqual(['Accepted', 'Accepted']);
    expect((await b.call('Authorize', { idTag: 'LIMIT' }))[2].idTagInfo.status).toBe('ConcurrentTx');
    // Its own transaction does not stand in its way when it stops.
    expect((await v16(a).stop(one.transactionId, 5, 2000, { idTag: 'LIMIT' }))[2].idTagInfo.status).toBe('Accepted');
    expect((await b.call('Authorize', { idTag: 'LIMIT' }))[2].idTagInfo.status).toBe('Accepted');
    const three = await v16(a).start(1, 'LIMIT', 6);
    expect(three.idTagInfo.status).toBe('Accepted');
    expect((await v16(a).start(2, 'LIMIT', 7)).idTagInfo.status).toBe('ConcurrentTx');
    await on.restart();
    [a, b] = await Promise.all([
      RawStation.connect(on.url, 'LIM-A', 'ocpp1.6'),
      RawStation.connect(on.url, 'LIM-B', 'ocpp1.6'),
    ]);
    expect((await b.call('Authorize', { idTag: 'LIMIT' }))[2].idTagInfo.status).toBe('ConcurrentTx');
    await Promise.all([a.close(), b.close()]);
  });

  it('begins with an unknown token only where policy allows it', async () => {
    const station = await booted(on.url, 'UNK', 'ocpp1.6');
    const refused = await v16(station).start(1, 'STRANGE', 1);
    expect([refused.idTagInfo.status, refused.transactionId]).toEqual(['Invalid', expect.any(Number)]);
    await station.close();
    await on.restart({ EVSEBRIDGE_UNKNOWN_TOKENS: 'accept' });
    const again = await RawStation.connect(on.url, 'UNK', 'ocpp1.6');
    expect((await v16(again).start(2, 'STRANGE', 2)).idTagInfo.status).toBe('Accepted');
    await again.close();
    await on.restart();
  });
});

describe.each(protocols.slice(1))('a transaction of %s', (protocol) => {
  const event = (
    station: RawStation,
    eventType: string,
    seqNo: number,
    minute: number,
    wh: number | undefined,
    more: object = {},
    transactionId = 'tx',
  ) =>
    station.call('TransactionEvent', {
      eventType,
      seqNo,
      timestamp: at(minute),
      triggerReason: eventType === 'Updated' ? 'MeterValuePeriodic' : 'Authorized',
      transactionInfo: { transactionId },
      ...(wh === undefined ? {} : { meterValue: [{ timestamp: at(minute), sampledValue: [{ value: wh }] }] }),
      ...more,
    });
  const idToken = { idToken: 'DRIVER', type: 'ISO14443' };
  const evse = { id: 1, connectorId: 1 };

  it('is whole in whatever order its events come', async () => {
    await token('DRIVER');
    const id = `O-${protocol}`;
    const station = await booted(on.url, id, protocol);
    await event(station, 'Updated', 1, 2, 1500);
    await event(station, 'Ended', 3, 9, 4000, {
      transactionInfo: { transactionId: 'tx', stoppedReason: 'EVDisconnected' },
    });
    await event(station, 'Started', 0, 1, 1000, { evse, idToken });
    await event(station, 'Updated', 2, 5, 2500);
    expect(await transactions(id)).toMatchObject([
      {
        startedAt: at(1),
        endedAt: at(9),
        meterStart: 1000,
        meterStop: 4000,
        energyWh: 3000,
        evseId: 1,
        idToken: 'DRIVER',
        stoppedReason: 'EVDisconnected',
      },
    ]);
    await station.close();
  });

  it('has the energy that its meter tells, in whatever form', async () => {
    const id = `E-${protocol}`;
    const station = await booted(on.url, id, protocol);
    const samples = (seqNo: number, minute: number, ...sampledValue: object[]) =>
      event(station, 'Updated', seqNo, minute, undefined, { meterValue: [{ timestamp: at(minute), sampledValue }] });
    const energy = async () => (await transactions(id))[0].energyWh;
    await event(station, 'Started', 0, 1, 1000, { evse, idToken });
    await samples(1, 2, { value: 125, unitOfMeasure: { unit: 'Wh', multiplier: 1 } });
    expect(await energy()).toBe(250);
    await samples(
      2,
      3,
      { value: 1.5, unitOfMeasure: { unit: 'kWh' } },
      { value: 9, measurand: 'Power.Active.Import', unitOfMeasure: { unit: 'kW' } },
    );
    expect(await energy()).toBe(500);
    await samples(3, 4, ...['L1', 'L2', 'L3'].map((phase) => ({ value: 600, phase })));
    expect(await energy()).toBe(800);
    const signedMeterValue = { signedMeterData: 'c2lnbmVk', signingMethod: '', encodingMethod: 'OCMF', publicKey: '' };
    await samples(4, 5, { value: 2000, signedMeterValue });
    await event(station, 'Ended', 5, 6, 2500);
    expect(await energy()).toBe(1500);
    const [{ id: transactionId }] = await transactions(id);
    const values = await on.api.all(`/v1/transactions/${transactionId}/meter-values`);
    expect(values.find(({ at: time }) => time === at(5)).sampledValue[0].signedMeterValue).toEqual(signedMeterValue);
    await station.close();
  });

  it('adds intervals up when its meter has no register', async () => {
    const id = `I-${protocol}`;
    const station = await booted(on.url, id, protocol);
    const interval = (eventType: string, seqNo: number, minute: number, value: number) =>
      event(station, eventType, seqNo, minute, undefined, {
        ...(seqNo === 0 ? { evse, idToken } : {}),
        meterValue: [{ timestamp: at(minute), sampledValue: [{ value, measurand: 'Energy.Active.Import.Interval' }] }],
      });
    await interval('Started', 0, 1, 0);
    for (let n = 1; n <= 4; n++) await interval('Updated', n, n + 1, 25);
    await interval('Ended', 5, 9, 10);
    expect((await transactions(id))[0].energyWh).toBe(110);
    await station.close();
  });

  it('under an id used before is another one', async () => {
    const id = `U-${protocol}`;
    const station = await booted(on.url, id, protocol);
    await event(station, 'Started', 0, 1, 1000, { evse, idToken });
    await event(station, 'Ended', 1, 2, 2000);
    await station.call('BootNotification', boot[protocol]);
    await event(station, 'Started', 0, 11, 2000, { evse, idToken });
    await event(station, 'Ended', 1, 12, 2700);
    const all = await transactions(id);
    expect(all.map(({ startedAt, energyWh }) => [startedAt, energyWh])).toEqual([
      [at(11), 700],
      [at(1), 1000],
    ]);
    await station.close();
  });

  it('says no more of its token than it may', async () => {
    const station = await booted(on.url, `T-${protocol}`, protocol);
    const authorize = async (name: string, type = 'ISO14443') =>
      (await station.call('Authorize', { idToken: { idToken: name, type } }))[2].idTokenInfo;
    await token('GROUPED', { groupIdToken: 'FAMILY', expiresAt: '2090-01-01T00:00:00.000Z' });
    expect(await authorize('grouped')).toMatchObject({
      status: 'Accepted',
      groupIdToken: { idToken: 'FAMILY' },
      cacheExpiryDateTime: '2090-01-01T00:00:00.000Z',
    });
    expect((await authorize('nobody')).status).toBe('Unknown');
    expect((await authorize('', 'NoAuthorization')).status).toBe('Accepted');
    expect(
      (
        await event(station, 'Started', 0, 1, 0, { evse, idToken: { idToken: 'nobody', type: 'Central' } }, 'unknown')
      )[2].idTokenInfo.status,
    ).toBe('Unknown');
    await station.close();
  });
});
