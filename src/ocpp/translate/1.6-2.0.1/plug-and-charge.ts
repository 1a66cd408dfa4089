/**
 * ISO 15118 Plug & Charge (2.x blocks A, C and M): 1.6 carries the messages of 2.0.1 as text in DataTransfer. The 1.6 side has
 * the wrapped form, the 2.x side the message itself, whoever asks whom.
 */

import { describeError, type Validate } from '../../validate.ts';
import { v201 } from '../../versions/2.0.1.ts';
import type { Context, Side } from '../context.ts';
import { answer, crossed, forward, type Outcome, type Payload } from '../outcome.ts';
import { procedure, row, rows } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData } from './common-rows.ts';
import { mirrored } from './configuration-mirror.ts';
import { refusal } from './fan-out.ts';
import { type Dialect, dialectOf, inDialect, standardDialect } from './plug-and-charge-dialects.ts';
import { isUnsupported } from './security-extension.ts';
import { type IdToken, rememberEvses, stationIdTag } from './tokens.ts';
import { noObject, parsedData, rejected } from './wrapped-data.ts';

const ofStation = ['Authorize', 'SignCertificate', 'GetCertificateStatus', 'Get15118EVCertificate'] as const;
const ofCsms = [
  'CertificateSigned',
  'InstallCertificate',
  'DeleteCertificate',
  'GetInstalledCertificateIds',
  'TriggerMessage',
] as const;

/** An Action of 2.0.1 that 1.6 carries. */
export type WrappedAction = (typeof ofStation)[number] | (typeof ofCsms)[number];

const carried: Readonly<Record<Side, ReadonlySet<string>>> = { station: new Set(ofStation), csms: new Set(ofCsms) };

const TABLE = 'plugAndCharge';

/** Takes in that the 1.6 side does Plug & Charge, and how it writes it. */
function remember({ vendorId }: Dialect, context: Context): void {
  if (context.state.get(TABLE, 'vendorId') !== vendorId) context.state.set(TABLE, 'vendorId', vendorId);
}

const remembered = (context: Context): Dialect | undefined => {
  const vendorId = context.state.get<string>(TABLE, 'vendorId');
  return vendorId === undefined ? undefined : dialectOf(vendorId);
};

/** Whether what 2.x says of Plug & Charge is put to the 1.6 side: by setting, else by the station's own key, else by what was seen. */
function isEnabled(context: Context): boolean {
  const { plugAndCharge } = context.settings;
  if (plugAndCharge !== 'whenEnabled') return plugAndCharge === 'always';
  const key = mirrored('ISO15118PnCEnabled', context)?.trim().toLowerCase();
  return key === undefined ? remembered(context) !== undefined : key === 'true';
}

const complaint = (validate: Validate): string => {
  const [first] = validate.errors ?? [];
  return first === undefined ? 'it is not valid' : describeError(first);
};

// ------------------------------------------------------------------------------------ out of a DataTransfer of 1.6

/**
 * A DataTransfer of the 1.6 side as the 2.0.1 Call that it carries; the answer is wrapped again.
 * @param from who sends it
 * @returns `undefined` when it has nothing to do with Plug & Charge
 */
export function outOfDataTransfer(from: Side, request: Payload, context: Context): Outcome | undefined {
  const dialect = dialectOf(request.vendorId as string);
  if (dialect === undefined || context.settings.plugAndCharge === 'never') return undefined;
  const action = request.messageId as string | undefined;
  if (action === undefined || !carried[from].has(action)) return answer({ status: 'UnknownMessageId' });
  const data = parsedData(request.data);
  if (data === undefined) return noObject;
  const inner = inDialect(dialect.requests, action, 'up', data, context);
  const validate = v201.actions.get(action)?.request;
  if (validate?.(inner) !== true) return rejected(`${action} ${validate === undefined ? '' : complaint(validate)}`);
  remember(dialect, context);
  // A transaction begins with the contract's id as its idTag: it is this very token then.
  const idTag = action === 'Authorize' ? stationIdTag(inner.idToken as IdToken, context) : undefined;
  return forward(
    action,
    inner,
    (response) => {
      if (idTag !== undefined) rememberEvses(idTag, response.idTokenInfo as Payload, context);
      const wrapped = inDialect(dialect.responses, action, 'down', response, context);
      return answer({ status: 'Accepted', data: JSON.stringify(wrapped) });
    },
    (failure) => {
      if (failure.uncertain === true) return { kind: 'refuse', failure };
      if (isUnsupported(failure)) return answer({ status: 'UnknownMessageId' });
      return rejected(crossed(failure).description);
    },
  );
}

// ------------------------------------------------------------------------------------ into a DataTransfer of 1.6

const notAuthorized: Payload = { idTokenInfo: { status: 'Invalid' }, certificateStatus: 'NoCertificateAvailable' };

/** How an Action of 2.0.1 says no. */
const refusals: Readonly<Record<Exclude<WrappedAction, 'Authorize'>, Payload>> = {
  SignCertificate: { status: 'Rejected' },
  GetCertificateStatus: { status: 'Failed' },
  Get15118EVCertificate: { status: 'Failed', exiResponse: '' },
  CertificateSigned: { status: 'Rejected' },
  InstallCertificate: { status: 'Rejected' },
  DeleteCertificate: { status: 'Failed' },
  GetInstalledCertificateIds: { status: 'NotFound' },
  TriggerMessage: { status: 'NotImplemented' },
};

function refused(action: WrappedAction, reasonCode: string, additionalInfo?: string): Outcome {
  if (action === 'Authorize') return answer(notAuthorized);
  const info = additionalInfo === undefined ? {} : { additionalInfo: [...additionalInfo].slice(0, 512).join('') };
  return answer({ ...refusals[action], statusInfo: { reasonCode, ...info } });
}

/** Who does not know the message has no such certificates either. */
const notKnown = (action: WrappedAction): Outcome =>
  action === 'DeleteCertificate' ? refusal('NotFound', 'UnsupportedRequest') : refused(action, 'UnsupportedRequest');

/**
 * Puts a 2.0.1 Call of Plug & Charge to the 1.6 side, in a DataTransfer. Its outcome is an answer of this Action.
 * @returns `undefined` when Plug & Charge is not enabled there
 */
export const overPlugAndCharge = (action: WrappedAction, request: Payload, context: Context): Outcome | undefined =>
  isEnabled(context) ? intoDataTransfer(action, request, context, () => notKnown(action)) : undefined;

/** @param unknown what to do when the 1.6 side does not know the message after all */
function intoDataTransfer(action: WrappedAction, request: Payload, context: Context, unknown: () => Outcome): Outcome {
  const dialect = remembered(context) ?? standardDialect;
  const data = JSON.stringify(inDialect(dialect.requests, action, 'down', request, context));
  return forward(
    'DataTransfer',
    { vendorId: dialect.vendorId, messageId: action, data },
    ({ status, data }) => {
      if (status === 'UnknownVendorId' || status === 'UnknownMessageId') return unknown();
      if (status !== 'Accepted') return refused(action, 'Unspecified', typeof data === 'string' ? data : undefined);
      const answered = parsedData(data);
      if (answered === undefined)
        return refused(action, 'InternalError', 'the answer is not the JSON text of an object');
      const response = inDialect(dialect.responses, action, 'up', answered, context);
      const validate = v201.actions.get(action)?.response;
      if (validate?.(response) === true) return answer(response);
      return refused(action, 'InternalError', validate && complaint(validate));
    },
    (failure) => {
      if (failure.uncertain === true) return { kind: 'refuse', failure };
      return isUnsupported(failure) ? unknown() : { kind: 'refuse', failure: crossed(failure) };
    },
  );
}

/**
 * Authorize of a 2.x station with a contract. Where the 1.6 CSMS cannot check it, the contract's id is authorized as any other
 * token (the certificate itself stays unchecked), unless the operator wants it checked.
 */
export function authorizeContract(request: Payload, context: Context, asAnyToken: () => Outcome): Outcome {
  const unchecked = (): Outcome => (context.settings.requireContractValidation ? answer(notAuthorized) : asAnyToken());
  if (!isEnabled(context)) return unchecked();
  // What its CSMS starts with this idTag is for this token.
  stationIdTag(request.idToken as IdToken, context);
  return intoDataTransfer('Authorize', request, context, unchecked);
}

const inData = procedure('in the data of the DataTransfer');

export const get15118EVCertificate: Pair = {
  initiator: 'station',
  older: null,
  newer: 'Get15118EVCertificate',
  note: 'Down: Plug & Charge over DataTransfer; Failed with an empty exiResponse where that is not enabled.',
  request: rows(
    row(null, 'iso15118SchemaVersion', inData),
    row(null, 'action', inData),
    row(null, 'exiRequest', inData),
    noCustomData,
  ),
  response: rows(
    row(null, 'status', inData),
    row(null, 'statusInfo', inData),
    row(null, 'exiResponse', inData),
    noCustomData,
  ),
  down: (request, context) =>
    overPlugAndCharge('Get15118EVCertificate', request, context) ?? refused('Get15118EVCertificate', 'NotEnabled'),
};

export const getCertificateStatus: Pair = {
  initiator: 'station',
  older: null,
  newer: 'GetCertificateStatus',
  note: 'Down: Plug & Charge over DataTransfer; Failed where that is not enabled.',
  request: rows(row(null, 'ocspRequestData', inData), noCustomData),
  response: rows(
    row(null, 'status', inData),
    row(null, 'statusInfo', inData),
    row(null, 'ocspResult', inData),
    noCustomData,
  ),
  down: (request, context) =>
    overPlugAndCharge('GetCertificateStatus', request, context) ?? refusal('Failed', 'NotEnabled'),
};
