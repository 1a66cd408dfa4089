/** What is stored of stations, as rows. All times are milliseconds since 1970 (UTC) unless a name says otherwise. */
import type { VersionName } from '../ocpp/index.ts';

/** A JSON value, as parsed. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export type RegistrationStatus = 'Accepted' | 'Pending' | 'Rejected';
export type Transport = 'json' | 'soap';

/** A charging station as stored. `null` is "not known". */
export interface StationRow {
  readonly id: string;
  /** The Version last connected with. */
  readonly version: VersionName | null;
  readonly transport: Transport | null;
  readonly vendorName: string | null;
  readonly model: string | null;
  readonly serialNumber: string | null;
  readonly firmwareVersion: string | null;
  /** `null` until the first BootNotification. */
  readonly registrationStatus: RegistrationStatus | null;
  /** What the operator wants the next BootNotification answered with; `null`: by policy. */
  readonly admission: RegistrationStatus | null;
  /** `salt:hash`, both base64url; `null`: no password asked for. */
  readonly passwordHash: string | null;
  /** Strict: deviations from the schema are refused rather than tolerated. */
  readonly strict: boolean;
  /** Tolerated deviations, code → count since the station is known. */
  readonly deviations: Readonly<Record<string, number>>;
  /** The Versions that it may connect with; `null`: every one. */
  readonly versions: readonly VersionName[] | null;
  /** The Version assumed when the station offers no subprotocol at all; `null`: refuse such a handshake. */
  readonly assumeVersion: VersionName | null;
  /** Where its own SOAP service listens, instead of the address that it gives; `null`: that one. */
  readonly callbackUrl: string | null;
  /** What a link without a connection (SOAP) has to know of the station after a restart. */
  readonly linkState: JsonObject | null;
  readonly connectedAt: number | null;
  readonly lastSeenAt: number | null;
  readonly createdAt: number;
}

/** Status of an EVSE's connector as OCPP 2.1 spells it; `connectorId` 0 is the EVSE, `evseId` 0 the whole station. */
export interface ConnectorRow {
  readonly stationId: string;
  readonly evseId: number;
  readonly connectorId: number;
  readonly status: string;
  /** When the station says the status began. */
  readonly at: number;
}

/** One attribute of a Variable of the station's device model (2.1 part 2 2.45). */
export interface VariableRow {
  readonly stationId: string;
  /** Component and variable with instances and EVSE, as {@link variableKey} writes them. */
  readonly key: string;
  readonly attribute: 'Actual' | 'Target' | 'MinSet' | 'MaxSet';
  readonly value: string | null;
  readonly mutability: string | null;
  readonly characteristics: JsonObject | null;
  readonly at: number;
}

/** A transaction, one row for its whole life. */
export interface TransactionRow {
  /** The gateway's identity of it, a UUID, the same for ever and in every Version. */
  readonly id: string;
  readonly stationId: string;
  /** `transactionInfo.transactionId` in HEAD messages about it. */
  readonly headId: string;
  /** What the station calls it: the 32-bit integer of 1.x as text, the string of 2.x. */
  readonly nativeId: string;
  readonly evseId: number | null;
  readonly connectorId: number | null;
  readonly idToken: string | null;
  readonly idTokenType: string | null;
  /** By the station's clock. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly stoppedReason: string | null;
  /** Import register at start and at stop, in Wh. */
  readonly meterStart: number | null;
  readonly meterStop: number | null;
  /** Energy delivered so far, in Wh. */
  readonly energyWh: number | null;
  readonly chargingState: string | null;
  readonly remoteStartId: number | null;
  readonly reservationId: number | null;
  /** The last seqNo taken in. */
  readonly seqNo: number;
  /** Energy arithmetic that must survive a restart (registers seen, interval sums), owned by `csms/metering`. */
  readonly metering: JsonObject | null;
  readonly updatedAt: number;
}

/** One MeterValue: what was sampled at one moment. */
export interface MeterValueRow {
  readonly stationId: string;
  /** {@link TransactionRow.id}; `null` outside a transaction. */
  readonly transactionId: string | null;
  readonly evseId: number | null;
  /** By the station's clock. */
  readonly at: number;
  /** JSON text of HEAD `sampledValue`. */
  readonly sampledValue: string;
}

/** An IdToken that the built-in authorization knows. */
export interface TokenRow {
  /** As written by the operator; compared case-insensitively. */
  readonly idToken: string;
  readonly type: string;
  /** AuthorizationStatus of 2.1. */
  readonly status: string;
  readonly groupIdToken: string | null;
  readonly expiresAt: number | null;
  /** `null`: no limit. */
  readonly maxActiveTransactions: number | null;
}

export type CommandState = 'queued' | 'sent' | 'completed' | 'refused' | 'failed' | 'uncertain';

/** One native Call made on behalf of a Command, and what came back. */
export interface NativeExchange {
  readonly action: string;
  readonly request: JsonObject;
  readonly response: JsonObject | null;
  /** Set instead of a response: the station's CallError, or why no answer came. */
  readonly error?: { readonly code: string; readonly description: string };
}

/** A durable Call to a station. */
export interface CommandRow {
  readonly id: string;
  readonly stationId: string;
  readonly action: string;
  /** In HEAD. */
  readonly request: JsonObject;
  readonly state: CommandState;
  /** In HEAD; `null` until the station has answered. */
  readonly response: JsonObject | null;
  readonly error: { readonly code: string; readonly description: string } | null;
  readonly native: readonly NativeExchange[];
  readonly idempotencyKey: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** One durable fact of TranslationState. `value` `null` deletes it. */
export interface TranslationRow {
  readonly stationId: string;
  readonly table: string;
  readonly key: string;
  /** JSON text. */
  readonly value: string | null;
}
