/** What stations say in each scenario, as data. One Call in flight; the next step follows the answer to the one before. */
import { type Template, template } from './frame.ts';

/** One Call of a script. */
export interface Step {
  readonly action: string;
  readonly template: Template;
  /** Of 2.x: a new transaction id is made before this Call. */
  readonly begins?: true;
  /** Of 1.x: the answer carries the id of the transaction. */
  readonly assigns?: true;
  /** The register moves on before this Call. */
  readonly meters?: true;
  /** What the answer must contain, e.g. an `Accepted`. */
  readonly expects?: string;
}

export interface Script {
  readonly subprotocol: 'ocpp1.6' | 'ocpp2.0.1';
  /** Once after the connection opens. */
  readonly prepare: readonly Step[];
  /** Over and over; measured. */
  readonly loop: readonly Step[];
  /** Once after the last round of the loop, so that nothing stays open. */
  readonly finish: readonly Step[];
}

const accepted = '"Accepted"';

/** Steps of one kind share their template, so that they share a frame too. */
function step(action: string, payload: string, more: Omit<Step, 'action' | 'template'> = {}): Step {
  return { action, template: template(action, payload), ...more };
}

const boot16 = step(
  'BootNotification',
  '{"chargePointVendor":"Bench","chargePointModel":"Raw 1","chargePointSerialNumber":"SN-0001","firmwareVersion":"1.0.0"}',
  { expects: accepted },
);
const status16 = (status: string) =>
  step('StatusNotification', `{"connectorId":1,"errorCode":"NoError","status":"${status}","timestamp":"@TIME@"}`);
const authorize16 = step('Authorize', '{"idTag":"04E1A2B3C4D5E6"}', { expects: accepted });
const start16 = step(
  'StartTransaction',
  '{"connectorId":1,"idTag":"04E1A2B3C4D5E6","meterStart":@ENERGY@,"timestamp":"@TIME@"}',
  { assigns: true, expects: accepted },
);
const sampled16 = [
  '{"value":"@ENERGY@","context":"Sample.Periodic","format":"Raw","measurand":"Energy.Active.Import.Register","location":"Outlet","unit":"Wh"}',
  '{"value":"16.02","context":"Sample.Periodic","measurand":"Current.Import","phase":"L1","unit":"A"}',
  '{"value":"15.97","context":"Sample.Periodic","measurand":"Current.Import","phase":"L2","unit":"A"}',
  '{"value":"231.4","context":"Sample.Periodic","measurand":"Voltage","phase":"L1-N","unit":"V"}',
  '{"value":"11040.0","context":"Sample.Periodic","measurand":"Power.Active.Import","unit":"W"}',
  '{"value":"57","context":"Sample.Periodic","measurand":"SoC","location":"EV","unit":"Percent"}',
].join(',');
const meterValues16 = step(
  'MeterValues',
  `{"connectorId":1,"transactionId":@TX@,"meterValue":[{"timestamp":"@TIME@","sampledValue":[${sampled16}]}]}`,
  { meters: true },
);
const stop16 = step(
  'StopTransaction',
  '{"transactionId":@TX@,"idTag":"04E1A2B3C4D5E6","meterStop":@ENERGY@,"timestamp":"@TIME@","reason":"Local"}',
  { meters: true },
);
const heartbeat = step('Heartbeat', '{}', { expects: '"currentTime"' });

const boot201 = step(
  'BootNotification',
  '{"reason":"PowerUp","chargingStation":{"vendorName":"Bench","model":"Raw 2","serialNumber":"SN-0001","firmwareVersion":"1.0.0"}}',
  { expects: accepted },
);
const status201 = step(
  'StatusNotification',
  '{"timestamp":"@TIME@","connectorStatus":"Available","evseId":1,"connectorId":1}',
);
const sampled201 = (context: string) =>
  [
    `{"value":@ENERGY@,"context":"${context}","measurand":"Energy.Active.Import.Register","location":"Outlet","unitOfMeasure":{"unit":"Wh"}}`,
    `{"value":16.02,"context":"${context}","measurand":"Current.Import","phase":"L1","unitOfMeasure":{"unit":"A"}}`,
    `{"value":15.97,"context":"${context}","measurand":"Current.Import","phase":"L2","unitOfMeasure":{"unit":"A"}}`,
    `{"value":231.4,"context":"${context}","measurand":"Voltage","phase":"L1-N","unitOfMeasure":{"unit":"V"}}`,
    `{"value":11040,"context":"${context}","measurand":"Power.Active.Import","unitOfMeasure":{"unit":"W"}}`,
    `{"value":57,"context":"${context}","measurand":"SoC","location":"EV","unitOfMeasure":{"unit":"Percent"}}`,
  ].join(',');
const idToken201 = '"idToken":{"idToken":"04E1A2B3C4D5E6","type":"ISO14443"}';
const updated201 = (seqNo: number) =>
  step(
    'TransactionEvent',
    `{"eventType":"Updated","timestamp":"@TIME@","triggerReason":"MeterValuePeriodic","seqNo":${seqNo},"transactionInfo":{"transactionId":@TX@,"chargingState":"Charging"},"evse":{"id":1,"connectorId":1},"meterValue":[{"timestamp":"@TIME@","sampledValue":[${sampled201('Sample.Periodic')}]}]}`,
    { meters: true },
  );
const transaction201: readonly Step[] = [
  step(
    'TransactionEvent',
    `{"eventType":"Started","timestamp":"@TIME@","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":@TX@,"chargingState":"Charging"},${idToken201},"evse":{"id":1,"connectorId":1},"meterValue":[{"timestamp":"@TIME@","sampledValue":[{"value":@ENERGY@,"context":"Transaction.Begin"}]}]}`,
    { begins: true, expects: accepted },
  ),
  ...[1, 2, 3, 4, 5].map(updated201),
  step(
    'TransactionEvent',
    `{"eventType":"Ended","timestamp":"@TIME@","triggerReason":"StopAuthorized","seqNo":6,"transactionInfo":{"transactionId":@TX@,"stoppedReason":"Local"},${idToken201},"evse":{"id":1,"connectorId":1},"meterValue":[{"timestamp":"@TIME@","sampledValue":[{"value":@ENERGY@,"context":"Transaction.End"}]}]}`,
    { meters: true },
  ),
];

/** By name, as the scenarios call them. */
export const scripts = {
  boot16: { subprotocol: 'ocpp1.6', prepare: [boot16], loop: [], finish: [] },
  ready16: { subprotocol: 'ocpp1.6', prepare: [boot16, status16('Available')], loop: [], finish: [] },
  heartbeat16: { subprotocol: 'ocpp1.6', prepare: [boot16], loop: [heartbeat], finish: [] },
  meterValues16: {
    subprotocol: 'ocpp1.6',
    prepare: [boot16, status16('Available'), start16],
    loop: [meterValues16],
    finish: [stop16],
  },
  transactions16: {
    subprotocol: 'ocpp1.6',
    prepare: [boot16],
    loop: [
      authorize16,
      status16('Charging'),
      start16,
      meterValues16,
      meterValues16,
      meterValues16,
      meterValues16,
      meterValues16,
      stop16,
      status16('Available'),
    ],
    finish: [],
  },
  transactions201: { subprotocol: 'ocpp2.0.1', prepare: [boot201, status201], loop: transaction201, finish: [] },
} as const satisfies Record<string, Script>;

export type ScriptName = keyof typeof scripts;
