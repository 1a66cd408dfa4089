/** What the built-in CSMS decides about a station's message: a pure function of request and state (implemented in `csms/`). */
import type { Failure, Payload } from '../ocpp/index.ts';
import type {
  ConnectorRow,
  EventDraft,
  MeterValueRow,
  RegistrationStatus,
  StationRow,
  TransactionRow,
  VariableRow,
} from './ports.ts';

/** A token as authorization looks at it. */
export interface TokenFacts {
  readonly idToken: string;
  readonly type: string;
  readonly status: string;
  readonly groupIdToken: string | null;
  readonly expiresAt: number | null;
  readonly maxActiveTransactions: number | null;
}

/** The tokens known here and the transactions open on them, all in memory. */
export interface TokenView {
  get(idToken: string): TokenFacts | undefined;
  /** Open transactions of a token, over all stations, not counting `except`. */
  activeTransactions(idToken: string, except?: string): number;
}

export interface DecisionSettings {
  readonly unknownStations: 'accept' | 'pending' | 'reject';
  readonly unknownTokens: 'accept' | 'reject';
  /** Seconds between heartbeats, told to accepted stations. */
  readonly heartbeatInterval: number;
  /** Seconds until a station that is not accepted may ask again. */
  readonly retryInterval: number;
}

/** What a decision may look at. Nothing here may be changed. */
export interface DecisionContext {
  readonly station: StationRow;
  /** Transaction by `transactionInfo.transactionId` of HEAD: the open one of that id, else the latest. */
  transaction(headId: string): TransactionRow | undefined;
  /** The open transaction of an EVSE. */
  openOn(evseId: number): TransactionRow | undefined;
  connector(evseId: number, connectorId: number): ConnectorRow | undefined;
  /** What a station of an older Version calls the transaction, when translation made up its HEAD id. */
  nativeTransactionId(headId: string): string | undefined;
  readonly tokens: TokenView;
  readonly settings: DecisionSettings;
  /** ms since 1970 */
  readonly now: number;
  newId(): string;
}

/** The answer, and all that changes with it. Rows are whole rows in their new form. */
export interface Decision {
  readonly response: Payload;
  readonly failure?: Failure;
  readonly station?: StationRow;
  readonly connectors?: readonly ConnectorRow[];
  readonly variables?: readonly VariableRow[];
  readonly transactions?: readonly TransactionRow[];
  /** One for each `meterValue` of the request, in its order and with the text of its samples, or none at all. */
  readonly meterValues?: readonly MeterValueRow[];
  readonly events?: readonly EventDraft[];
  /** Codes of what was tolerated in the request. */
  readonly deviations?: readonly string[];
}

/** Decides a HEAD Call of a station. Total: never throws for a valid request. */
export type Decide = (action: string, request: Payload, context: DecisionContext) => Decision;

/** Registration of a station that nobody has decided about yet. */
export const registrationByPolicy: Readonly<Record<DecisionSettings['unknownStations'], RegistrationStatus>> = {
  accept: 'Accepted',
  pending: 'Pending',
  reject: 'Rejected',
};
