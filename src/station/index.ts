/** The virtual charging station, every Version: for trying out, for tests, for load. */

export { Ledger, type LedgerMessage, type LedgerTransaction } from './ledger.ts';
export { Schedule, sharedSchedule } from './schedule.ts';
export {
  type SeenMessage,
  type StationEvents,
  type StationOptions,
  type StationVersion,
  VirtualStation,
} from './station.ts';
