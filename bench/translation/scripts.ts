/** Messages to be translated over and over, and what is answered to them. */
import type { Message, Payload, VersionName } from '../../src/ocpp/index.ts';

export interface Script {
  readonly name: string;
  readonly title: string;
  readonly station: VersionName;
  readonly csms: VersionName;
  /** Once before the loop. */
  readonly prepare: readonly Make[];
  /** Over and over; measured. */
  readonly loop: readonly Make[];
  /** What the CSMS answers to an Action. */
  readonly answers: Readonly<Record<string, Payload>>;
}

/** What changes from message to message. */
export interface Turn {
  /** How often the loop was begun. */
  readonly round: number;
  /** Of the message within all. */
  readonly index: number;
  /** RFC 3339. */
  readonly time: string;
  /** Wh. */
  readonly register: number;
  /** What the station was answered to its last StartTransaction. */
  readonly transactionId: number;
}

export type Make = (turn: Turn) => Message;

const samples = [
  { measurand: 'Current.Import', phase: 'L1', unit: 'A', value: 16.02 },
  { measurand: 'Current.Import', phase: 'L2', unit: 'A', value: 15.97 },
  { measurand: 'Voltage', phase: 'L1-N', unit: 'V', value: 231.4 },
  { measurand: 'Power.Active.Import', unit: 'W', value: 11040 },
] as const;

const meterValue1x = ({ time, register }: Turn): Payload => ({
  timestamp: time,
  sampledValue: [
    {
      value: String(register),
      context: 'Sample.Periodic',
      format: 'Raw',
      measurand: 'Energy.Active.Import.Register',
      location: 'Outlet',
      unit: 'Wh',
    },
    ...samples.map((sample) => ({ ...sample, context: 'Sample.Periodic', value: String(sample.value) })),
    { value: '57', context: 'Sample.Periodic', measurand: 'SoC', location: 'EV', unit: 'Percent' },
  ],
});

const meterValue2x = ({ time, register }: Turn): Payload => ({
  timestamp: time,
  sampledValue: [
    {
      value: register,
      context: 'Sample.Periodic',
      measurand: 'Energy.Active.Import.Register',
      location: 'Outlet',
      unitOfMeasure: { unit: 'Wh' },
    },
    ...samples.map(({ unit, ...sample }) => ({ ...sample, context: 'Sample.Periodic', unitOfMeasure: { unit } })),
    {
      value: 57,
      context: 'Sample.Periodic',
      measurand: 'SoC',
      location: 'EV',
      unitOfMeasure: { unit: 'Percent' },
    },
  ],
});

const boot1x: Make = () => ({
  action: 'BootNotification',
  payload: { chargePointVendor: 'Bench', chargePointModel: 'Raw 1', firmwareVersion: '1.0.0' },
});
const status1x =
  (status: string): Make =>
  ({ time }) => ({
    action: 'StatusNotification',
    payload: { connectorId: 1, errorCode: 'NoError', status, timestamp: time },
  });
const start1x: Make = ({ time, register }) => ({
  action: 'StartTransaction',
  payload: { connectorId: 1, idTag: '04E1A2B3C4D5E6', meterStart: register, timestamp: time },
});
const meterValues16: Make = (turn) => ({
  action: 'MeterValues',
  payload: { connectorId: 1, transactionId: turn.transactionId, meterValue: [meterValue1x(turn)] },
});
const stop1x: Make = ({ time, register, transactionId }) => ({
  action: 'StopTransaction',
  payload: { transactionId, idTag: '04E1A2B3C4D5E6', meterStop: register, timestamp: time, reason: 'Local' },
});

const token = { idToken: '04E1A2B3C4D5E6', type: 'ISO14443' };
const event =
  (eventType: string, triggerReason: string, more: (turn: Turn) => Payload = () => ({})): Make =>
  (turn) => ({
    action: 'TransactionEvent',
    payload: {
      eventType,
      timestamp: turn.time,
      triggerReason,
      // Within a transaction they have no gaps; that they go on from one to the next does no harm.
      seqNo: turn.index,
      transactionInfo: { transactionId: `T${turn.round}`, chargingState: 'Charging' },
      evse: { id: 1, connectorId: 1 },
      ...more(turn),
    },
  });
const started = event('Started', 'Authorized', () => ({ idToken: token }));
const updated = event('Updated', 'MeterValuePeriodic', (turn) => ({ meterValue: [meterValue2x(turn)] }));
const ended = event('Ended', 'StopAuthorized', (turn) => ({
  idToken: token,
  transactionInfo: { transactionId: `T${turn.round}`, stoppedReason: 'Local' },
  meterValue: [meterValue2x(turn)],
}));
const boot2x: Make = () => ({
  action: 'BootNotification',
  payload: { reason: 'PowerUp', chargingStation: { vendorName: 'Bench', model: 'Raw 2' } },
});
const status2x: Make = ({ time }) => ({
  action: 'StatusNotification',
  payload: { timestamp: time, connectorStatus: 'Occupied', evseId: 1, connectorId: 1 },
});

const of2x = {
  BootNotification: { currentTime: '2026-01-01T00:00:00Z', interval: 300, status: 'Accepted' },
  TransactionEvent: { idTokenInfo: { status: 'Accepted' } },
  MeterValues: {},
  StatusNotification: {},
  NotifyEvent: {},
};
const of1x = {
  BootNotification: { currentTime: '2026-01-01T00:00:00Z', interval: 300, status: 'Accepted' },
  StartTransaction: { transactionId: 4711, idTagInfo: { status: 'Accepted' } },
  StopTransaction: { idTagInfo: { status: 'Accepted' } },
  MeterValues: {},
  StatusNotification: {},
};

const five = <T>(one: T): readonly T[] => Array.from({ length: 5 }, () => one);

export const scripts: readonly Script[] = [
  {
    name: 'meter-values',
    title: '1.6 → 2.0.1 → 2.1: MeterValues of six samples in a transaction',
    station: '1.6',
    csms: '2.1',
    prepare: [boot1x, status1x('Preparing'), start1x, status1x('Charging')],
    loop: [meterValues16],
    answers: of2x,
  },
  {
    name: 'transaction-up',
    title: '1.6 → 2.0.1 → 2.1: whole transactions, of each message',
    station: '1.6',
    csms: '2.1',
    prepare: [boot1x],
    loop: [
      status1x('Preparing'),
      start1x,
      status1x('Charging'),
      ...five(meterValues16),
      stop1x,
      status1x('Finishing'),
      status1x('Available'),
    ],
    answers: of2x,
  },
  {
    name: 'transaction-event',
    title: '2.1 → 2.0.1 → 1.6: TransactionEvent of six samples in a transaction',
    station: '2.1',
    csms: '1.6',
    prepare: [boot2x, status2x, started],
    loop: [(turn) => updated({ ...turn, round: 0 })],
    answers: of1x,
  },
  {
    name: 'transaction-down',
    title: '2.1 → 2.0.1 → 1.6: whole transactions, of each message',
    station: '2.1',
    csms: '1.6',
    prepare: [boot2x, status2x],
    loop: [started, ...five(updated), ended],
    answers: of1x,
  },
];
