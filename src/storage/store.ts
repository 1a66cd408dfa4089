import { type Store, StoreUnavailable } from '../gateway/ports.ts';
import { openCommands } from './commands.ts';
import { openCounters } from './counters.ts';
import { type DatabaseOptions, openDatabase } from './database.ts';
import { GroupCommit, type GroupCommitOptions } from './group-commit.ts';
import { openJournal } from './journal.ts';
import { maintain, type Retention } from './maintenance.ts';
import { applyMigrations } from './migrate.ts';
import { keepUp } from './pglite/upkeep.ts';
import { openStations } from './stations.ts';
import { openTokens } from './tokens.ts';
import { openTransactions } from './transactions.ts';
import { openDefinitions } from './upstreams.ts';
import { Writer } from './writer.ts';

export { InvalidCursor } from './errors.ts';
export type { Log } from './log.ts';
export type { Retention } from './maintenance.ts';
export { migrate } from './migrate.ts';
export { DataDirectoryInUse } from './pglite/lock.ts';

export interface StoreOptions extends DatabaseOptions, Pick<GroupCommitOptions, 'window' | 'maxBatch' | 'backOff'> {
  /** The name of this process, the same after a restart with the same data directory. */
  readonly node: string;
  /** Changes that may wait for storage before {@link Store.commits} says that it takes no more. */
  readonly maxWaiting?: number;
  readonly retention: Retention;
}

/** How often partitions are looked after, ms. */
const maintenanceInterval = 3_600_000;

/**
 * Opens storage: migrates, makes partitions, enters this process as a writer.
 * @throws StoreUnavailable when the server does not answer, DataDirectoryInUse, Error when the schema is not one of this release.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { log, node, retention } = options;
  const database = openDatabase(options);
  const writer = new Writer(database, node, log);
  try {
    await applyMigrations(database, log);
    await maintain(database, retention, log);
    await writer.register();
  } catch (error) {
    await database.close();
    throw error;
  }
  const { window, maxBatch, backOff, maxWaiting = 20_000 } = options;
  const commits = new GroupCommit({
    database,
    writer,
    log,
    maxWaiting,
    ...(window === undefined ? {} : { window }),
    ...(maxBatch === undefined ? {} : { maxBatch }),
    ...(backOff === undefined ? {} : { backOff }),
  });
  let upkeep: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    upkeep = Promise.all([maintain(database, retention, log), writer.renew()]).then(
      () => undefined,
      (error: unknown) =>
        log.warn(
          { error: error instanceof Error ? error.message : String(error) },
          'storage upkeep failed, will be tried again',
        ),
    );
  }, maintenanceInterval);
  timer.unref();

  const endUpkeep = database.kind === 'embedded' ? keepUp(database, log) : async () => undefined;

  let closing: Promise<void> | undefined;
  const close = async () => {
    clearInterval(timer);
    await commits.close();
    await Promise.all([upkeep, endUpkeep()]);
    await writer.leave().catch((error: unknown) => {
      if (!(error instanceof StoreUnavailable)) throw error; // a row that stays behind is forgotten in time
    });
    await database.close();
  };
  return {
    commits,
    stations: openStations(database),
    transactions: openTransactions(database),
    tokens: openTokens(database),
    commands: openCommands(database, node, writer.session),
    journal: openJournal(database),
    counters: openCounters(database),
    upstreams: openDefinitions(database, 'upstreams'),
    routes: openDefinitions(database, 'routes'),
    async ping() {
      await database.reads.query({ text: 'select' });
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
