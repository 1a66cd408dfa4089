import { join } from 'node:path';
import pg from 'pg';
import { types } from '../types.ts';
import { lockDirectory } from './lock.ts';
import { EmbeddedStream } from './stream.ts';

/** The embedded database of one data directory, locked against other processes. */
export interface Embedded {
  /** A client that is not connected yet. There may be one at a time: a new one ends the thread of the last. */
  client(): pg.Client;
  /** Waits for the thread to end and unlocks. */
  close(): Promise<void>;
}

/** Locks `<dataDir>/db`; the database itself starts with the first client. @throws DataDirectoryInUse */
export function openEmbedded(dataDir: string): Embedded {
  const directory = join(dataDir, 'db');
  const unlock = lockDirectory(directory);
  let last: EmbeddedStream | undefined;
  return {
    client() {
      const previous = last;
      previous?.destroy();
      const stream = new EmbeddedStream(directory, previous?.exited);
      last = stream;
      return new pg.Client({ stream: () => stream, types, user: 'postgres', database: 'postgres', ssl: false });
    },
    async close() {
      await last?.exited;
      unlock();
    },
  };
}
