/** What the meter of a 1.5 station last said: whether power flows, and the reading itself for a CSMS that wants to see it again. */
import type { Context } from '../context.ts';
import { parseValue } from '../decimal.ts';
import type { Payload } from '../outcome.ts';
import { connectorOf } from './connectors.ts';

const TABLE = '1.5 reading';
/** More connectors than any station has. */
const LIMIT = 200;
/** More samples than any meter takes at once. */
const SAMPLES = 50;

const flow: ReadonlySet<unknown> = new Set([
  'Power.Active.Import',
  'Power.Active.Export',
  'Current.Import',
  'Current.Export',
]);

/**
 * Since when no power flows, ms since 1970 by the station's clock; `undefined`: it flows, or nothing is known of it.
 * @param meterValue in 1.6 form, in the order of time
 * @param before the same, before these readings
 */
export function idleSince(meterValue: readonly Payload[], before: number | undefined): number | undefined {
  let since = before;
  for (const { timestamp, sampledValue } of meterValue) {
    const readings = (sampledValue as readonly Payload[])
      .filter(({ measurand, format }) => flow.has(measurand) && format !== 'SignedData')
      .map(({ value }) => parseValue(value));
    if (readings.some((reading) => reading !== undefined && reading !== 0)) since = undefined;
    else if (readings.includes(0)) since ??= Date.parse(timestamp as string);
  }
  return since;
}

/** Keeps the latest reading of a MeterValues in 1.6 form. */
export function remember({ connectorId, transactionId, meterValue }: Payload, context: Context): void {
  const { timestamp, sampledValue } = (meterValue as readonly Payload[]).at(-1) as Payload;
  const reading = { transactionId, timestamp, sampledValue: (sampledValue as readonly Payload[]).slice(0, SAMPLES) };
  context.state.set(TABLE, String(connectorId), reading, LIMIT);
}

/** Connectors of which a reading is known, ascending. */
export const read = (context: Context): readonly number[] =>
  [...context.state.rows(TABLE)].map(([key]) => Number(key)).sort((a, b) => a - b);

/** The latest reading of a connector as a MeterValues that was asked for; `undefined`: none is known. */
export function lastReading(connectorId: number, context: Context): Payload | undefined {
  const reading = context.state.get<Payload>(TABLE, String(connectorId));
  if (reading === undefined) return undefined;
  const { transactionId, timestamp, sampledValue } = reading;
  const goesOn = transactionId !== undefined && connectorOf(connectorId, context).transaction?.number === transactionId;
  const triggered = (sampledValue as readonly Payload[]).map((sample) => ({ ...sample, context: 'Trigger' }));
  return {
    connectorId,
    ...(goesOn ? { transactionId } : {}),
    meterValue: [{ timestamp, sampledValue: triggered }],
  };
}
