import type { Message } from './outcome.ts';
import type { TranslationState } from './state.ts';

/** The two ends of a chain of translations. */
export type Side = 'station' | 'csms';

/** Choices of translation that an operator may make; the defaults are what most CSMSs and stations expect. */
export interface TranslationSettings {
  /** Type given to an idTag that nothing else is known of. */
  readonly defaultTokenType: string;
  /** Beginnings of idTags and the type of the token that follows them: `{ 'VID:': 'MacAddress' }`. */
  readonly tokenPrefixes: Readonly<Record<string, string>>;
  /** The idTag of a 2.x token that is none (NoAuthorization), up to 20 characters. */
  readonly noAuthorizationTag: string;
  /** A 1.x Reset(Soft) for a 2.x station: stop the transactions now, as 1.x means it, or wait for them. */
  readonly softReset: 'Immediate' | 'OnIdle';
  /** A 1.x station that was to reset at once, has transactions, and has not booted two minutes after Reset(Soft) gets Reset(Hard). */
  readonly hardAfterSoftReset: boolean;
  /** A 1.x CSMS that unlocks a connector with a transaction means to end it first: so it is done for a 2.x station. */
  readonly unlockStopsFirst: boolean;
  /** A transaction of a 1.x station whose connector has been Available for `orphanGrace` is ended, though no StopTransaction came. */
  readonly closeOrphans: boolean;
  /** s. */
  readonly orphanGrace: number;
  /** The limits of a 2.1 CSMS for a transaction (energy, time, state of charge) are watched for an older station. */
  readonly emulateLimits: boolean;
  /** MeterValues of a connector with an open transaction but without transactionId belong to that transaction. */
  readonly attachMeterValues: boolean;
  /** A DataTransfer string holding a JSON object or array becomes that object or array. */
  readonly parseDataTransfer: boolean;
  /** A 2.1 setpoint without limit is written as the limit of an older Version. */
  readonly setpointAsLimit: boolean;
  /** Firmware that is not signed, or whose signature a 1.6 station cannot check, may be sent to it all the same. */
  readonly allowUnsignedFirmware: boolean;
  /** A remote start with a charging profile for a 1.5 station, which can take none: started without it, or Rejected. */
  readonly dropProfile: boolean;
  /** Plug & Charge of a 2.x side is put to the 1.6 side in DataTransfers: where the key ISO15118PnCEnabled or its own messages say so. */
  readonly plugAndCharge: 'whenEnabled' | 'always' | 'never';
  /** A contract that a 1.6 CSMS cannot check is Invalid, and not authorized by its id alone. */
  readonly requireContractValidation: boolean;
  /** Costs and prices are put to 1.6 stations and taken from a 1.6 CSMS in DataTransfers (OCA, California pricing). */
  readonly costMessages: boolean;
  /** What becomes of 2.1 limits that differ by phase: the lowest holds for all of them, or the profile is refused. */
  readonly phaseLimits: 'min' | 'reject';
  /** A Dynamic profile of 2.1 is kept up to date at an older station by setting it again with every update. */
  readonly emulateDynamic: boolean;
  /**
   * A charging profile that takes its turn after another of its level is kept here until its time comes, for stations of
   * 1.6, which have room for one; otherwise it is refused as a duplicate.
   */
  readonly holdProfiles: boolean;
  /** 1.6 stations want a startSchedule in every profile: the time at which it is sent, where none is given. */
  readonly needsStartSchedule: boolean;
  /** Voltage between phase and neutral, in V, to convert between A and W for stations that take only one of them; absent: refused. */
  readonly nominalVoltage?: number | undefined;
  /** Phases of the stations' connections, 1 to 3, for the same purpose. */
  readonly phases?: number | undefined;
  /** Zone of the stations (IANA name, or an offset such as +02:00), for times that are local; absent: such times are refused. */
  readonly timeZone?: string | undefined;
  /** Periodic event streams of a 2.1 station are expanded to events for a 2.0.1 CSMS; else the station is told to send events. */
  readonly expandStreams: boolean;
  /** A station's configuration is read after it has booted, without anyone asking for it. */
  readonly readConfiguration: boolean;
  /** A 1.6 CSMS that asks for every key of a 2.x station is told of variables that have no key too, by names of their own. */
  readonly exposeAll: boolean;
}

export const defaultSettings: TranslationSettings = {
  defaultTokenType: 'ISO14443',
  tokenPrefixes: {},
  noAuthorizationTag: 'NOAUTH',
  softReset: 'Immediate',
  hardAfterSoftReset: false,
  unlockStopsFirst: false,
  closeOrphans: false,
  orphanGrace: 600,
  emulateLimits: true,
  attachMeterValues: true,
  parseDataTransfer: false,
  setpointAsLimit: true,
  allowUnsignedFirmware: true,
  dropProfile: false,
  plugAndCharge: 'whenEnabled',
  requireContractValidation: false,
  costMessages: false,
  phaseLimits: 'min',
  emulateDynamic: true,
  holdProfiles: true,
  needsStartSchedule: false,
  expandStreams: false,
  readConfiguration: true,
  exposeAll: false,
};

/** What translation needs from outside, for one station. Everything that is not a pure function of the message stands here. */
export interface Environment {
  readonly state: TranslationState;
  readonly settings: TranslationSettings;
  /** ms since 1970. */
  now(): number;
  /** When the station's present connection was opened, ms since 1970. */
  connectedSince(): number;
  /** A new UUID. */
  newId(): string;
  /** A positive 32-bit integer that this gateway never gave out before. */
  nextTransactionId(): number;
  /** A field did not cross; told once per station, action and field. */
  dropped(note: DroppedNote): void;
}

export interface DroppedNote {
  readonly action: string;
  readonly field: string;
  readonly reason: string;
  /** `unknown`: a value outside the Version's enum was replaced by a default. */
  readonly kind: 'lost' | 'unknown';
}

/** What a Translator sees of the outside while it works on one message. */
export interface Context extends Omit<Environment, 'dropped'> {
  lost(field: string, reason: string): void;
  unknown(field: string, value: string): void;
  /** Sends a further Call of our own towards one side, after the one at hand is answered. What is answered to it is of no interest. */
  emit(side: Side, message: Message): void;
  /**
   * Has one of the Translator's own tasks done after the message at hand is answered, or later.
   * @param key tells tasks of one name apart; the same name and key again replaces what waits
   * @param data JSON, small: what the task must remember
   * @param at not before, ms since 1970; by default now
   * @throws Error when the Translator has no such task
   */
  later(task: string, key: string, data: unknown, at?: number): void;
  /** What waits under this name and key is no longer to be done. */
  cancel(task: string, key: string): void;
}
