/** Costs, and what is known of a customer, for a 1.6 station that has messages for neither, through the whole gateway. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RawStation } from '../support/gateway.ts';
import { booted, Events, stage } from './support.ts';

const on = stage({ EVSEBRIDGE_COST_MESSAGES: 'true', EVSEBRIDGE_UNKNOWN_TOKENS: 'accept' });
let station: RawStation;
let events: Events;
beforeAll(async () => {
  station = await booted(on.url, 'COST1', 'ocpp1.6');
  events = new Events(on.api);
});
afterAll(async () => {
  events.close();
  await station.close();
});

it('a cost is shown by the station, and the car leaving is an event', async () => {
  const timestamp = new Date().toISOString();
  const [, , { transactionId }] = await station.call('StartTransaction', {
    connectorId: 1,
    idTag: 'AB12',
    meterStart: 100,
    timestamp,
  });
  const [transaction] = await on.api.all('/v1/transactions?stationId=COST1');
  expect(transaction.nativeId).toBe(String(transactionId));
  const asked = station.next((frame) => frame[0] === 2);
  const command = await on.api.command('COST1', 'CostUpdated', { totalCost: 1.5, transactionId: transaction.id });
  expect(command.body).toMatchObject({ state: 'completed', response: {} });
  const [, , , payload] = await asked;
  expect(payload).toMatchObject({ vendorId: 'org.openchargealliance.costmsg', messageId: 'RunningCost' });
  expect(JSON.parse(payload.data)).toMatchObject({ transactionId, cost: 1.5, meterValue: 100 });

  await station.call('StopTransaction', { transactionId, meterStop: 200, timestamp });
  const [, , answer] = await station.call('DataTransfer', {
    vendorId: 'org.openchargealliance.costmsg',
    messageId: 'ConnectorUnplugged',
    data: JSON.stringify({ transactionId, timestamp }),
  });
  expect(answer).toEqual({ status: 'Accepted' });
  const messages = await on.api.all('/v1/stations/COST1/messages');
  const head = messages.find((message) => message.payload?.messageId === 'ConnectorUnplugged')?.head;
  expect(head?.eventData).toMatchObject([{ component: { name: 'ConnectedEV' }, variable: { name: 'Available' } }]);
});

it('what is known of a customer is told after the answer, and erased', async () => {
  const asked = station.next((frame) => frame[0] === 2 && frame[2] === 'SendLocalList');
  station.onCall = ([, id, action]) => [
    3,
    id,
    action === 'GetLocalListVersion' ? { listVersion: 1 } : { status: 'Accepted' },
  ];
  const request = { requestId: 5, report: true, clear: true, idToken: { idToken: 'AB12', type: 'ISO14443' } };
  const command = await on.api.command('COST1', 'CustomerInformation', request);
  expect(command.body).toMatchObject({ state: 'completed', response: { status: 'Accepted' }, native: [] });
  const told = await events.until(
    (all) => all.find(({ type }) => type === 'evsebridge.station.customer_information'),
    'the report',
  );
  expect(told.data).toMatchObject({ requestId: 5, seqNo: 0, tbc: false });
  expect(told.data.data).toMatch(/^idTag AB12\ntransaction .* on connector 1 since .*, ended$/);
  expect((await asked)[3]).toEqual({
    listVersion: 2,
    updateType: 'Differential',
    localAuthorizationList: [{ idTag: 'AB12' }],
  });
});
