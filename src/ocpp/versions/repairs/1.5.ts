import type { Repair } from './repair.ts';

const authorizationStatus = ['Accepted', 'Blocked', 'Expired', 'Invalid', 'ConcurrentTx'];
const concurrentTx = 'the WSDL of 1.5 has AuthorizationStatus ConcurrentTx; the JSON reconstruction left it out';

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
    path: ['properties', 'transactionData', 'items', 'properties', 'values', 'items', 'required'],
    to: ['timestamp', 'value'],
    why: 'timestamp and value have minOccurs 1 in the WSDL',
  },
];
