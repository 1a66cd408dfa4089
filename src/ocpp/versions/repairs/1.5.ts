import type { Repair } from './repair.ts';

const authorizationStatus = ['Accepted', 'Blocked', 'Expired', 'Invalid', 'ConcurrentTx'];
const concurrentTx = 'the WSDL of 1.5 has AuthorizationStatus ConcurrentTx; the JSON reconstruction left it out';

/** Longest texts of BootNotification. */
const bootLengths = {
  chargePointVendor: 20,
  chargePointModel: 20,
  chargePointSerialNumber: 25,
  chargeBoxSerialNumber: 25,
  firmwareVersion: 50,
  iccid: 20,
  imsi: 20,
  meterType: 25,
  meterSerialNumber: 25,
};

const items = (...path: readonly string[]): readonly string[] => ['properties', ...path, 'items'];
type Place = readonly [message: string, path: readonly string[]];
const inMessage = (message: string, ...fields: readonly string[]): readonly Place[] =>
  fields.map((field) => [message, ['properties', field]]);

const meterValue = items('values');
const stopValue = [...items('transactionData'), ...meterValue];
const samples = [
  ['MeterValuesRequest', [...meterValue, ...items('value')]],
  ['StopTransactionRequest', [...stopValue, ...items('value')]],
] as const;

/** Texts that the reconstruction gave the lengths of 1.6, message → path. */
const unlimited: readonly Place[] = [
  ...inMessage('StatusNotificationRequest', 'info', 'vendorId', 'vendorErrorCode'),
  ...inMessage('DataTransferRequest', 'vendorId', 'messageId'),
  ...inMessage('ChangeConfigurationRequest', 'key', 'value'),
  ['GetConfigurationRequest', items('key')],
  ['GetConfigurationResponse', items('unknownKey')],
  ['GetConfigurationResponse', [...items('configurationKey'), 'properties', 'key']],
  ['GetConfigurationResponse', [...items('configurationKey'), 'properties', 'value']],
  ...inMessage('GetDiagnosticsResponse', 'fileName'),
  ...inMessage('SendLocalListRequest', 'hash'),
  ...inMessage('SendLocalListResponse', 'hash'),
];

/** Objects inside messages, message → paths. */
const inner: readonly Place[] = [
  ...['AuthorizeResponse', 'StartTransactionResponse', 'StopTransactionResponse'].map(
    (message) => [message, ['properties', 'idTagInfo']] as const,
  ),
  ['SendLocalListRequest', items('localAuthorisationList')],
  ['SendLocalListRequest', [...items('localAuthorisationList'), 'properties', 'idTagInfo']],
  ['GetConfigurationResponse', items('configurationKey')],
  ['MeterValuesRequest', meterValue],
  ['StopTransactionRequest', items('transactionData')],
  ['StopTransactionRequest', stopValue],
  ...samples,
  ...samples.map(([message, path]) => [message, [...path, 'properties', 'attributes']] as const),
];

/** Defects of the 1.5 JSON schemas, a third party's reconstruction of the official WSDLs. */
export const repairs15: readonly Repair[] = [
  ...['AuthorizeResponse', 'StartTransactionResponse', 'StopTransactionResponse'].map((message) => ({
    message,
    path: ['properties', 'idTagInfo', 'properties', 'status', 'enum'],
    to: authorizationStatus,
    why: concurrentTx,
  })),
  {
    message: 'SendLocalListRequest',
    path: ['properties', 'localAuthorisationList', 'items', 'properties', 'idTagInfo', 'properties', 'status', 'enum'],
    to: authorizationStatus,
    why: concurrentTx,
  },
  {
    message: 'HeartbeatResponse',
    path: ['required'],
    to: ['currentTime'],
    why: 'currentTime has minOccurs 1 in the WSDL',
  },
  {
    message: 'GetConfigurationResponse',
    path: ['required'],
    why: 'configurationKey has minOccurs 0 in the WSDL',
  },
  {
    message: 'StopTransactionRequest',
    path: [...stopValue, 'required'],
    to: ['timestamp', 'value'],
    why: 'timestamp and value have minOccurs 1 in the WSDL',
  },
  ...Object.entries(bootLengths).map(([field, length]) => ({
    message: 'BootNotificationRequest',
    path: ['properties', field, 'maxLength'],
    to: length,
    why: `the WSDL of 1.5 restricts ${field} to ${length} characters`,
  })),
  ...unlimited.map(([message, path]) => ({
    message,
    path: [...path, 'maxLength'],
    why: 'the WSDL of 1.5 restricts tags and what BootNotification says, and nothing else; the lengths are those of 1.6',
  })),
  ...samples.map(([message, path]) => ({
    message,
    path: [...path, 'required'],
    to: ['$value'],
    why: 'a value element of the WSDL has text (simpleContent), and only its attributes are optional',
  })),
  ...inner.map(([message, path]) => ({
    message,
    path: [...path, 'additionalProperties'],
    to: false,
    why: 'no type of the WSDL has xs:any: an object inside a message is as closed as the message',
  })),
];
