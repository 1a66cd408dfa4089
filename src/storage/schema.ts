import type { ColumnType, Generated } from 'kysely';
import type {
  CommandRow,
  ConnectorRow,
  JournalAnswer,
  JournalEntry,
  MeterValueRow,
  StationRow,
  TokenRow,
  TransactionRow,
  VariableRow,
} from '../gateway/ports.ts';

/** A json column: read as parsed, written as text. */
type Text<T> = ColumnType<T, string, string>;

/** The journal as a table: the events are JSON text there, and an answer has columns of the row of its Call. */
export interface JournalTable extends Omit<JournalEntry, 'events' | 'answer'> {
  readonly seq: number;
  readonly events: string | null;
  readonly answerType: JournalAnswer['type'] | null;
  readonly answerPayload: string | null;
  readonly answerHead: string | null;
}

/** A row of the API, whole. */
interface DefinitionTable {
  readonly name: string;
  readonly definition: Text<unknown>;
}

/** The tables as Kysely sees them, with names in camelCase (migrations/ has the columns). */
export interface Tables {
  journal: JournalTable;
  journalHead: { seq: number; firstSeq: number };
  writers: { session: string; node: string; batch: number; firstSeq: number; aliveAt: number };
  meterValues: MeterValueRow & { readonly id: Generated<number>; readonly seq: number | null };
  stations: Omit<StationRow, 'deviations' | 'linkState'> & {
    readonly deviations: Text<StationRow['deviations']>;
    readonly linkState: Text<StationRow['linkState']>;
  };
  connectors: ConnectorRow;
  variables: Omit<VariableRow, 'characteristics'> & { readonly characteristics: Text<VariableRow['characteristics']> };
  transactions: Omit<TransactionRow, 'metering'> & { readonly metering: Text<TransactionRow['metering']> };
  tokens: TokenRow & { readonly key: ColumnType<string, never, never> };
  commands: Omit<CommandRow, 'request' | 'response' | 'error' | 'native'> & {
    readonly request: Text<CommandRow['request']>;
    readonly response: Text<CommandRow['response']>;
    readonly error: Text<CommandRow['error']>;
    readonly native: Text<CommandRow['native']>;
    readonly session: string;
  };
  translationState: { stationId: string; tbl: string; key: string; value: string };
  counters: { name: string; next: number };
  upstreams: DefinitionTable;
  routes: DefinitionTable;
}
