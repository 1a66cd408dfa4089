import type { SoapTable } from '../soap/table.ts';
import type { Validate } from '../validate.ts';

/** The Versions, oldest first: neighbours in this list are neighbours of translation. */
export const versionNames = ['1.5', '1.6', '2.0.1', '2.1'] as const;
export type VersionName = (typeof versionNames)[number];

/** Who sends the Call (or Send) of an Action. */
export type Initiator = 'station' | 'csms' | 'both';

/** MessageTypeId of an OCPP-J frame (1.6J 4.2, 2.0.1 part 4 4.2, 2.1 part 4 4.2). */
export const messageType = { call: 2, callResult: 3, callError: 4, callResultError: 5, send: 6 } as const;
export type MessageType = (typeof messageType)[keyof typeof messageType];

/** What went wrong, independent of how a Version spells it. */
export type ErrorCondition =
  | 'NotImplemented'
  | 'NotSupported'
  | 'InternalError'
  | 'ProtocolError'
  | 'SecurityError'
  | 'FormatViolation'
  | 'PropertyConstraintViolation'
  | 'OccurrenceConstraintViolation'
  | 'TypeConstraintViolation'
  | 'GenericError'
  | 'MessageTypeNotSupported'
  | 'RpcFrameworkError';

/** One Action of one Version. */
export interface Action {
  readonly name: string;
  readonly initiator: Initiator;
  /** The functional block (2.x) or feature profile (1.6) that the specification lists it under. */
  readonly block: string;
  /** `send`: a message of type 6, never answered (2.1 only). */
  readonly kind: 'call' | 'send';
  readonly request: Validate;
  /** Absent for `send`. */
  readonly response: Validate | undefined;
  /** The fields that make a retransmission recognisable as such (protocol rules of 1.6 3.7 and 2.x E04): see {@link VersionFacts.retransmission}. */
  readonly identity: readonly string[] | undefined;
}

/** What the author of a Version writes down: facts only. */
export interface VersionFacts {
  readonly name: VersionName;
  /** WebSocket subprotocol, as registered. */
  readonly subprotocol: string;
  /** The Version over SOAP, where it has that form. */
  readonly soap?: SoapTable;
  readonly messageTypes: readonly MessageType[];
  /** What a receiver does with a message type number it does not know. */
  readonly unknownMessageType: 'ignore' | 'MessageTypeNotSupported';
  /** The wire spelling of every error condition. */
  readonly errorCodes: Readonly<Record<ErrorCondition, string>>;
  /** What a password of hexadecimal digits is in HTTP Basic: the bytes that it stands for (1.6 AuthorizationKey), or the text. */
  readonly hexPassword: 'bytes' | 'text';
  /** Largest inbound frame, in bytes. */
  readonly maxFrameBytes: number;
  /** Feature profile or functional block → Actions by initiator. */
  readonly blocks: Readonly<
    Record<string, { readonly station?: readonly string[]; readonly csms?: readonly string[] }>
  >;
  /** Actions whose requests are messages of type 6. */
  readonly sends?: readonly string[];
  /**
   * Actions a station sends again until they are answered → the paths of the request that make two messages the same
   * (an empty list: the whole request). Case tables of 1.6 3.7.2, 2.0.1 E04.
   */
  readonly retransmission: Readonly<Record<string, readonly string[]>>;
  /** Action by which a station introduces itself, the only one it may send before it is accepted. */
  readonly boot: string;
  /** Station-initiated Actions that are answered before registration is accepted because they ask for nothing stored. */
  readonly heartbeat: string;
}

/** A frozen description of one protocol version. */
export interface Version extends VersionFacts {
  readonly actions: ReadonlyMap<string, Action>;
}

/** Joins the facts of a Version with its compiled schemas. @throws Error when an Action has no schema or a schema no Action. */
export function defineVersion(facts: VersionFacts, validators: Readonly<Record<string, Validate>>): Version {
  const actions = new Map<string, Action>();
  for (const [block, members] of Object.entries(facts.blocks)) {
    for (const initiator of ['station', 'csms'] as const) {
      for (const name of members[initiator] ?? []) {
        const request = validators[`${name}Request`];
        const kind = facts.sends?.includes(name) ? 'send' : 'call';
        const response = validators[`${name}Response`];
        if (request === undefined || (kind === 'call' && response === undefined)) {
          throw new Error(`OCPP ${facts.name} has no schema for ${name}`);
        }
        const known = actions.get(name);
        actions.set(name, {
          name,
          initiator: known === undefined ? initiator : 'both',
          block,
          kind,
          request,
          response,
          identity: facts.retransmission[name],
        });
      }
    }
  }
  for (const message of Object.keys(validators)) {
    const name = message.replace(/(Request|Response)$/, '');
    if (!actions.has(name)) throw new Error(`OCPP ${facts.name} has a schema ${message} but no Action ${name}`);
  }
  return Object.freeze({ ...facts, actions });
}

const sameInEveryVersion = {
  NotImplemented: 'NotImplemented',
  NotSupported: 'NotSupported',
  InternalError: 'InternalError',
  ProtocolError: 'ProtocolError',
  SecurityError: 'SecurityError',
  PropertyConstraintViolation: 'PropertyConstraintViolation',
  TypeConstraintViolation: 'TypeConstraintViolation',
  GenericError: 'GenericError',
} as const;

/** 1.6J 4.2.3; the two historic spellings are what 1.x stations know ("will not be fixed", J errata 2025-04). */
export const errorCodes1x: Readonly<Record<ErrorCondition, string>> = {
  ...sameInEveryVersion,
  FormatViolation: 'FormationViolation',
  OccurrenceConstraintViolation: 'OccurenceConstraintViolation',
  MessageTypeNotSupported: 'GenericError',
  RpcFrameworkError: 'GenericError',
};

/** 2.0.1 part 4 4.3, 2.1 part 4 4.3. */
export const errorCodes2x: Readonly<Record<ErrorCondition, string>> = {
  ...sameInEveryVersion,
  FormatViolation: 'FormatViolation',
  OccurrenceConstraintViolation: 'OccurrenceConstraintViolation',
  MessageTypeNotSupported: 'MessageTypeNotSupported',
  RpcFrameworkError: 'RpcFrameworkError',
};

/** Every spelling seen on the wire → condition. Anything else is a GenericError. */
export const errorConditions: ReadonlyMap<string, ErrorCondition> = new Map(
  [...Object.entries(errorCodes1x), ...Object.entries(errorCodes2x)].map(([condition, code]) => [
    code,
    (code === 'GenericError' ? 'GenericError' : condition) as ErrorCondition,
  ]),
);
