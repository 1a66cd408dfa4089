import { Tokens } from '../../src/csms/authorization/tokens.ts';
import { decide } from '../../src/csms/index.ts';
import type { Decision, DecisionContext, DecisionSettings, TokenFacts } from '../../src/gateway/decision.ts';
import type { ConnectorRow, StationRow, TokenRow, TransactionRow } from '../../src/gateway/ports.ts';
import { HEAD, type Payload } from '../../src/ocpp/index.ts';

export const now = Date.parse('2026-03-01T12:00:00Z');

/** RFC 3339, so many minutes from {@link now}. */
export const at = (minutes: number): string => new Date(now + minutes * 60_000).toISOString();

export const stationRow = (more: Partial<StationRow> = {}): StationRow => ({
  id: 'CS1',
  version: '2.1',
  transport: 'json',
  vendorName: null,
  model: null,
  serialNumber: null,
  firmwareVersion: null,
  registrationStatus: 'Accepted',
  admission: null,
  passwordHash: null,
  strict: false,
  deviations: {},
  versions: null,
  assumeVersion: null,
  callbackUrl: null,
  linkState: null,
  connectedAt: now,
  lastSeenAt: now,
  createdAt: now,
  ...more,
});

export const tokenRow = (idToken: string, more: Partial<TokenRow> = {}): TokenRow => ({
  idToken,
  type: 'ISO14443',
  status: 'Accepted',
  groupIdToken: null,
  expiresAt: null,
  maxActiveTransactions: null,
  ...more,
});

export interface World {
  readonly station?: Partial<StationRow>;
  readonly tokens?: readonly TokenRow[];
  readonly settings?: Partial<DecisionSettings>;
  /** HEAD id → what a station of an older Version calls the transaction. */
  readonly native?: Readonly<Record<string, string>>;
}

/** A station in memory whose decisions take effect, as the gateway's do. */
export function station(world: World = {}) {
  let row = stationRow(world.station);
  let clock = now;
  let ids = 0;
  const connectors = new Map<string, ConnectorRow>();
  const transactions: TransactionRow[] = [];
  const tokens = new Tokens();
  for (const token of world.tokens ?? []) tokens.put(token);
  const context = (): DecisionContext => ({
    station: row,
    transaction: (headId) => {
      const known = transactions.filter((transaction) => transaction.headId === headId);
      return known.find(({ endedAt }) => endedAt === null) ?? known.at(-1);
    },
    openOn: (evseId) =>
      transactions.find((transaction) => transaction.evseId === evseId && transaction.endedAt === null),
    connector: (evseId, connectorId) => connectors.get(`${evseId} ${connectorId}`),
    nativeTransactionId: (headId) => world.native?.[headId],
    tokens,
    settings: {
      unknownStations: 'accept',
      unknownTokens: 'reject',
      heartbeatInterval: 300,
      retryInterval: 30,
      ...world.settings,
    },
    now: clock,
    newId: () => `id-${++ids}`,
  });
  return {
    tokens,
    transactions,
    connectors,
    get row(): StationRow {
      return row;
    },
    /** It is so many minutes after {@link now}. */
    setClock(minutes: number): void {
      clock = now + minutes * 60_000;
    },
    /** Puts a valid request to the built-in CSMS. @throws Error when request or response is not valid */
    tell(action: string, request: Payload): Decision {
      const facts = HEAD.actions.get(action);
      if (facts?.request(request) !== true) throw new Error(`${action}: ${JSON.stringify(facts?.request.errors)}`);
      const decision = decide(action, request, context());
      if (facts.response !== undefined && !facts.response(decision.response)) {
        throw new Error(`answer to ${action}: ${JSON.stringify(facts.response.errors)}`);
      }
      row = decision.station ?? row;
      for (const one of decision.connectors ?? []) connectors.set(`${one.evseId} ${one.connectorId}`, one);
      for (const one of decision.transactions ?? []) {
        const index = transactions.findIndex(({ id }) => id === one.id);
        if (index < 0) transactions.push(one);
        else transactions[index] = one;
        if (one.endedAt !== null) tokens.ended(one.id);
        else if (one.idToken !== null) tokens.began(one.id, one.idToken);
      }
      return decision;
    },
  };
}

export type { TokenFacts };
