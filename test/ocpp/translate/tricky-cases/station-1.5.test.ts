/** A station of 1.5 under a CSMS of 2.0.1. Its envelopes, and the address that it can be called at, are in test/scenarios/tricky-soap.test.ts. */
import { expect } from 'vitest';
import { translators } from '../../../../src/ocpp/translate/index.ts';
import { at, bridge } from '../../../support/translation.ts';
import { trickyCase } from '../../../support/tricky-case.ts';

const FIRST = '00000000-0000-4000-8000-000000000001';

trickyCase(
  'F40: a 1.5 station is Occupied, meters in Amp, and is told to stop',
  '1.5',
  () => bridge('1.5', '2.0.1', translators),
  (b) => {
    const start = { connectorId: 1, idTag: 'AB12', meterStart: 1000, timestamp: at(0) };
    expect(b.fromStation('StartTransaction', start).answer).toMatchObject({
      transactionId: 1,
      idTagInfo: { status: 'Accepted' },
    });
    const occupied = { connectorId: 1, status: 'Occupied', errorCode: 'NoError', timestamp: at(1) };
    // In a transaction that is charging, which is what it says.
    expect(b.fromStation('StatusNotification', occupied).calls).toMatchObject([
      { action: 'StatusNotification', payload: { connectorStatus: 'Occupied', evseId: 1, connectorId: 1 } },
      {
        action: 'TransactionEvent',
        payload: {
          eventType: 'Updated',
          seqNo: 1,
          triggerReason: 'ChargingStateChanged',
          transactionInfo: { transactionId: FIRST, chargingState: 'Charging' },
        },
      },
    ]);
    const reading = {
      timestamp: at(2),
      value: [
        {
          $value: '16.5',
          attributes: { context: 'Sample.Periodic', format: 'Raw', measurand: 'Current.Import', unit: 'Amp' },
        },
      ],
    };
    expect(b.fromStation('MeterValues', { connectorId: 1, transactionId: 1, values: [reading] })).toEqual({
      answer: {},
      refusal: undefined,
      calls: [
        {
          action: 'TransactionEvent',
          payload: {
            eventType: 'Updated',
            timestamp: at(2),
            triggerReason: 'MeterValuePeriodic',
            seqNo: 2,
            transactionInfo: { transactionId: FIRST },
            meterValue: [
              {
                timestamp: at(2),
                sampledValue: [
                  {
                    value: 16.5,
                    context: 'Sample.Periodic',
                    measurand: 'Current.Import',
                    unitOfMeasure: { unit: 'A' },
                  },
                ],
              },
            ],
          },
        },
      ],
    });
    const stop = b.fromCsms('RequestStopTransaction', { transactionId: FIRST }, { status: 'Accepted' });
    expect(stop.calls).toEqual([{ action: 'RemoteStopTransaction', payload: { transactionId: 1 } }]);
    expect(stop.answer).toEqual({ status: 'Accepted' });
    const [ended] = b.fromStation('StopTransaction', { transactionId: 1, meterStop: 1500, timestamp: at(3) }).calls;
    expect(ended?.payload).toMatchObject({
      eventType: 'Ended',
      seqNo: 3,
      triggerReason: 'RemoteStop',
      transactionInfo: { transactionId: FIRST, stoppedReason: 'Remote' },
    });
  },
);
