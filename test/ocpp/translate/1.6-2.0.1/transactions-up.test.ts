import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import { at, type Bridge, bridge, START } from '../../../support/translation.ts';

const up = (): Bridge => bridge('1.6', '2.0.1', [between16and201]);

const status = (connectorId: number, value: string, minutes: number, errorCode = 'NoError') => ({
  connectorId,
  errorCode,
  status: value,
  timestamp: at(minutes),
});

describe('a 1.6 station under a 2.0.1 CSMS', () => {
  test('F18: a whole transaction', () => {
    const b = up();
    expect(b.fromStation('StatusNotification', status(1, 'Preparing', 0)).calls).toEqual([
      {
        action: 'StatusNotification',
        payload: { timestamp: at(0), connectorStatus: 'Occupied', evseId: 1, connectorId: 1 },
      },
    ]);
    const started = b.fromStation('StartTransaction', {
      connectorId: 1,
      idTag: '04AABBCC',
      meterStart: 1000,
      timestamp: at(1),
    });
    expect(started.answer).toEqual({ transactionId: 1, idTagInfo: { status: 'Accepted' } });
    expect(started.calls).toEqual([
      {
        action: 'TransactionEvent',
        payload: {
          eventType: 'Started',
          timestamp: at(1),
          triggerReason: 'Authorized',
          seqNo: 0,
          transactionInfo: { transactionId: '00000000-0000-4000-8000-000000000001', chargingState: 'EVConnected' },
          evse: { id: 1, connectorId: 1 },
          idToken: { idToken: '04AABBCC', type: 'ISO14443' },
          meterValue: [
            {
              timestamp: at(1),
              sampledValue: [
                {
                  value: 1000,
                  context: 'Transaction.Begin',
                  measurand: 'Energy.Active.Import.Register',
                  location: 'Outlet',
                  unitOfMeasure: { unit: 'Wh' },
                },
              ],
            },
          ],
        },
      },
    ]);
    expect(START).toBe(b.now);
  });
});
