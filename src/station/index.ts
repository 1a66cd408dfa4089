/** The virtual charging station, every Version: for trying out, for tests, for load. */
export { Ledger, type LedgerMessage, type LedgerTransaction } from './ledger.ts';
export type { SeenMessage, StationEvents, StationOptions, StationVersion } from './options.ts';
export { Schedule, sharedSchedule } from './schedule.ts';
export { addSimulateCommand, type SimulateIo, type SimulateOptions, simulate } from './simulate.ts';
export { VirtualStation } from './station.ts';
