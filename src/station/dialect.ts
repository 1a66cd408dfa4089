import type { Version } from '../ocpp/versions/index.ts';
import type { IdToken, IdTokenInfo } from './authorization.ts';
import type { Fault, Trigger } from './causes.ts';
import type { Authorization, ChargingState, Evse, Transaction, TransactionLimits, TxPoint } from './evse.ts';
import type { MeterValue } from './meter.ts';
import type { Settings } from './settings.ts';
import type { VirtualStation } from './station.ts';

/** A message to send. */
export interface Call {
  readonly action: string;
  readonly payload: object;
}

/** A message about a transaction. Its payload is computed when it is first sent. */
export interface TransactionCall {
  readonly action: string;
  readonly payload: () => object;
}

/** Something that happened in a transaction, to be told. */
export interface TransactionHappening {
  readonly kind: 'Started' | 'Updated' | 'Ended';
  readonly trigger: Trigger;
  /** Simulated time, ms. */
  readonly at: number;
  readonly chargingState: ChargingState;
  readonly stateChanged: boolean;
  readonly meterValues: readonly MeterValue[];
  /** Whether there was no connection when it happened. */
  readonly offline: boolean;
  readonly seqNo: number;
  /** Set when a token was presented at this moment. */
  readonly token: IdToken | undefined;
}

/** What the CSMS said to a message about a transaction. */
export interface TransactionVerdict {
  /** On the token that was presented. */
  readonly info?: IdTokenInfo | undefined;
  /** What the CSMS calls the transaction (1.6). */
  readonly nativeId?: number | undefined;
  readonly limits?: TransactionLimits | undefined;
}

/** An answer to a Call of the CSMS, and what is done once it is on its way. */
export interface Answer {
  readonly response: object;
  readonly then?: (() => void) | undefined;
}

/** Answers one Action of the CSMS. The request is valid. @throws CallRefused */
export type Answerer = (station: VirtualStation, request: object) => Answer;

/**
 * How a charging station of one Version tells what happens to it, and how it answers. All that stations do themselves is
 * in the Version-free parts; a Dialect holds no state.
 */
export interface Dialect {
  readonly version: Version;
  /** What a station that was rejected does with a Call (1.6 4.2: stays silent; 2.x B03: SecurityError). */
  readonly whileRejected: 'silence' | 'SecurityError';
  /** Bytes of a Basic authentication password as given by the operator. */
  readonly password: (text: string) => Buffer;
  readonly startPoints: (settings: Settings) => readonly TxPoint[];
  readonly stopPoints: (settings: Settings) => readonly TxPoint[];
  /** Names of the measurand settings for the first and the periodic samples of a transaction. */
  readonly startedMeasurands: string;

  readonly boot: (station: VirtualStation, reason: BootReason) => Call;
  readonly heartbeat: () => Call;
  readonly authorize: (token: IdToken) => Call;
  readonly authorizationOf: (response: object) => IdTokenInfo;
  /** The status of an EVSE in this Version's words; told when it changes. */
  readonly statusOf: (station: VirtualStation, evse: Evse) => string;
  readonly status: (station: VirtualStation, evse: Evse, status: string) => Call;
  /** The status of the station as a whole; `undefined` where a Version has none. */
  readonly stationStatus: (station: VirtualStation) => Call | undefined;
  /** What is told of a fault beside the status. */
  readonly fault: (station: VirtualStation, evse: Evse, fault: Fault, cleared: boolean) => Call | undefined;
  /** `undefined`: this Version does not tell it. */
  readonly transaction: (
    station: VirtualStation,
    evse: Evse,
    transaction: Transaction,
    happening: TransactionHappening,
  ) => TransactionCall | undefined;
  readonly transactionVerdict: (action: string, response: object) => TransactionVerdict;
  /** Meter values outside of what transactions tell. */
  readonly meterValues: (evse: Evse, meterValues: readonly MeterValue[]) => Call | undefined;
  readonly reservationEnded: (id: number, why: 'Expired' | 'Removed') => Call | undefined;
  readonly securityEvent: (type: string, at: number) => Call;
  readonly answers: ReadonlyMap<string, Answerer>;
}

/** Why a station boots (2.x BootReasonEnumType). */
export type BootReason = 'PowerUp' | 'RemoteReset' | 'LocalReset' | 'FirmwareUpdate' | 'Triggered';

/** What remote starts ask for. */
export interface RemoteStart {
  readonly evseId: number | undefined;
  readonly authorization: Authorization;
}

/** An answer without consequences. */
export const answer = <R extends object>(
  response: R,
  then?: () => void,
): { readonly response: R; readonly then?: (() => void) | undefined } => ({ response, then });

/**
 * Types a table of answerers by the messages of a Version, so that a wrong field does not compile.
 * @typeParam M the generated `Messages` of the Version
 */
export type Answers<M, A extends string> = {
  readonly [K in A]: (
    station: VirtualStation,
    request: M extends { readonly [R in `${K}Request`]: infer Request } ? Request : never,
  ) => {
    readonly response: M extends { readonly [R in `${K}Response`]: infer Response } ? Response : never;
    readonly then?: (() => void) | undefined;
  };
};

/** The table as a Dialect holds it. Requests are validated against the schema before they get here. */
export function answersOf(...tables: readonly object[]): ReadonlyMap<string, Answerer> {
  return new Map(tables.flatMap((table) => Object.entries(table) as [string, Answerer][]));
}
