/** What a station remembers of its transactions, and how that is compared with what the gateway says it has. */

/** One message about a transaction that the gateway has answered. */
export interface Said {
  readonly action: string;
  /** The request as the station wrote it; the same at every attempt. */
  readonly payload: string;
  /** How often it was sent until it was answered. */
  readonly attempts: number;
}

/** One transaction as its station knows it. All registers of a run differ, so that each names its message. */
export interface LedgerTransaction {
  readonly stationId: string;
  /** 1.6: what the gateway gave out, as text; 2.x: what the station chose. */
  readonly nativeId: string;
  readonly meterStart: number;
  readonly meterStop: number;
  /** Energy registers of the meter values in between, Wh. */
  readonly registers: readonly number[];
  readonly said: readonly Said[];
}

/** A transaction as `GET /v1/transactions` gives it, with its meter values. */
export interface StoredTransaction {
  readonly id: string;
  readonly stationId: string;
  readonly nativeId: string;
  readonly endedAt: string | null;
  readonly meterStart: number | null;
  readonly meterStop: number | null;
  readonly meterValues: readonly {
    readonly sampledValue: readonly { readonly value: unknown; readonly measurand?: string }[];
  }[];
}

/** A Call as `GET /v1/stations/{id}/messages` gives it. */
export interface StoredCall {
  readonly action: string;
  readonly payload: unknown;
}

export interface Differences {
  /** Answered and not stored. */
  readonly missing: readonly string[];
  /** Stored more than once. */
  readonly twice: readonly string[];
  /** Stored otherwise than it was said, or never said at all. */
  readonly wrong: readonly string[];
}

const energy = 'Energy.Active.Import.Register';

/** Compares one station's ledger, all of it answered, with all that is stored of that station. */
export function compare(
  ledger: readonly LedgerTransaction[],
  stored: readonly StoredTransaction[],
  calls: readonly StoredCall[],
): Differences {
  const missing: string[] = [];
  const twice: string[] = [];
  const wrong: string[] = [];
  const count = (found: number, what: string) => {
    if (found === 0) missing.push(what);
    else if (found > 1) twice.push(`${what}: ${found} times`);
  };

  const byNativeId = Map.groupBy(stored, ({ nativeId }) => nativeId);
  const known = new Set(ledger.map(({ nativeId }) => nativeId));
  for (const { nativeId, stationId } of stored) {
    if (!known.has(nativeId))
      wrong.push(`${stationId}: transaction ${nativeId} is stored and the station does not know it`);
  }
  // Key order and spacing are the writer's business.
  const journal = Map.groupBy(calls, ({ action, payload }) => canonical(action, payload));

  for (const transaction of ledger) {
    const name = `${transaction.stationId}: transaction ${transaction.nativeId}`;
    const rows = byNativeId.get(transaction.nativeId) ?? [];
    count(rows.length, name);
    for (const { action, payload } of transaction.said) {
      count(
        journal.get(canonical(action, JSON.parse(payload)))?.length ?? 0,
        `${name}: ${action} in the Journal, ${payload.slice(0, 120)}`,
      );
    }
    const [row] = rows;
    if (row === undefined) continue;
    if (row.endedAt === null) missing.push(`${name}: its end`);
    if (row.meterStart !== transaction.meterStart)
      wrong.push(`${name}: meterStart ${row.meterStart}, not ${transaction.meterStart}`);
    if (row.meterStop !== transaction.meterStop)
      wrong.push(`${name}: meterStop ${row.meterStop}, not ${transaction.meterStop}`);
    const registers = row.meterValues.flatMap(({ sampledValue }) =>
      sampledValue.filter(({ measurand = energy }) => measurand === energy).map(({ value }) => Number(value)),
    );
    for (const register of transaction.registers) {
      count(registers.filter((each) => each === register).length, `${name}: meter value ${register} Wh`);
    }
    const said = new Set([...transaction.registers, transaction.meterStart, transaction.meterStop]);
    for (const register of registers)
      if (!said.has(register)) wrong.push(`${name}: meter value ${register} Wh was never said`);
  }
  return { missing, twice, wrong };
}

function canonical(action: string, payload: unknown): string {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .map(([key, each]) => [key, sorted(each)] as const)
              .toSorted(([a], [b]) => (a < b ? -1 : 1)),
          )
        : value;
  return `${action} ${JSON.stringify(sorted(payload))}`;
}
