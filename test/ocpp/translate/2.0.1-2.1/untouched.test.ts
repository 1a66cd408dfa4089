import { describe, expect, it } from 'vitest';
import { between201and21 } from '../../../../src/ocpp/translate/2.0.1-2.1/index.ts';
import { Chain } from '../../../../src/ocpp/translate/chain.ts';
import { defaultSettings } from '../../../../src/ocpp/translate/context.ts';
import type { Outcome, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { TranslationState } from '../../../../src/ocpp/translate/state.ts';
import { versionByName } from '../../../../src/ocpp/versions/index.ts';
import { at } from '../../../support/translation.ts';

const chain = new Chain(versionByName('2.0.1'), versionByName('2.1'), [between201and21], {
  state: new TranslationState(),
  settings: defaultSettings,
  now: () => 0,
  connectedSince: () => 0,
  newId: () => '',
  nextTransactionId: () => 1,
  dropped: () => undefined,
});

const meterValue = [
  {
    timestamp: at(0),
    sampledValue: [
      { value: 1000, measurand: 'Energy.Active.Import.Register', location: 'Outlet', unitOfMeasure: { unit: 'Wh' } },
      {
        value: 1000,
        signedMeterValue: { signedMeterData: 'AA==', signingMethod: '', encodingMethod: 'OCMF', publicKey: '' },
      },
    ],
  },
];

const messages: readonly (readonly [action: string, payload: Payload])[] = [
  ['Heartbeat', {}],
  ['BootNotification', { reason: 'PowerUp', chargingStation: { model: 'M', vendorName: 'V' } }],
  ['StatusNotification', { timestamp: at(0), connectorStatus: 'Occupied', evseId: 1, connectorId: 1 }],
  ['Authorize', { idToken: { idToken: '04AABBCC', type: 'ISO14443' } }],
  ['MeterValues', { evseId: 1, meterValue }],
  [
    'TransactionEvent',
    {
      eventType: 'Updated',
      timestamp: at(0),
      triggerReason: 'MeterValuePeriodic',
      seqNo: 3,
      numberOfPhasesUsed: 3,
      reservationId: 4,
      transactionInfo: { transactionId: 'T1', chargingState: 'Charging' },
      evse: { id: 1, connectorId: 1 },
      idToken: { idToken: '04AABBCC', type: 'ISO14443' },
      meterValue,
    },
  ],
  [
    'NotifyEvent',
    {
      generatedAt: at(0),
      seqNo: 0,
      eventData: [
        {
          eventId: 1,
          timestamp: at(0),
          trigger: 'Alerting',
          actualValue: 'true',
          eventNotificationType: 'HardWiredNotification',
          component: { name: 'RCD', evse: { id: 1 } },
          variable: { name: 'Tripped' },
        },
      ],
    },
  ],
  ['DataTransfer', { vendorId: 'v', data: { a: [1] } }],
  ['SecurityEventNotification', { type: 'FirmwareUpdated', timestamp: at(0) }],
];

describe('what needs no change is the very same object', () => {
  it.each(messages)('%s of a 2.0.1 station', (action, payload) => {
    const outcome = chain.call('station', { action, payload });
    expect(outcome.kind).toBe('forward');
    expect((outcome as Extract<Outcome, { kind: 'forward' }>).call.payload).toBe(payload);
  });

  it('the answer of the 2.1 CSMS', () => {
    const outcome = chain.call('station', { action: 'TransactionEvent', payload: messages[5]?.[1] as Payload });
    const answer = { idTokenInfo: { status: 'Accepted' } };
    const end = (outcome as Extract<Outcome, { kind: 'forward' }>).resume({ payload: answer });
    expect((end as Extract<Outcome, { kind: 'answer' }>).payload).toBe(answer);
  });

  it('leaves nothing behind', () => expect(chain.due(Number.MAX_SAFE_INTEGER)).toEqual([]));
});
