/**
 * The embedded database in its own thread. It speaks PostgreSQL's wire protocol: every message from the other side is a piece of
 * it to execute, every message back is the answer; `null` asks to close and is answered by the end of the thread.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');
const { directory } = workerData as { readonly directory: string };

/**
 * New segments of the write-ahead log are not filled with zeros first: that would be half of all that is written, to keep apart what
 * only an fsync can lose. Old ones are kept for use again only as far as checkpoints let them grow (upkeep.ts). Pages stay written
 * in full after each checkpoint: a kill may end a write between the two halves of a page.
 */
const settings = ['wal_init_zero=off', 'min_wal_size=64MB', 'max_wal_size=128MB'].flatMap((setting) => ['-c', setting]);

/** Making a database takes seconds, and half of one cannot be opened: it is made aside and put in place whole. */
async function make(): Promise<void> {
  const aside = `${directory}.new`;
  rmSync(aside, { recursive: true, force: true });
  await (await PGlite.create({ dataDir: aside })).close();
  rmSync(directory, { recursive: true, force: true });
  renameSync(aside, directory);
}

if (!existsSync(join(directory, 'PG_VERSION'))) await make();
const database = await PGlite.create({ dataDir: directory, startParams: [...PGlite.defaultStartParams, ...settings] });
let last: Promise<void> = Promise.resolve();

/**
 * The streaming form, because the other one also parses every answer and keeps what it found for as long as the thread lives.
 * A piece is a view of the database's own memory: what is transferred must be a copy.
 */
const execute = (request: Uint8Array): Promise<void> =>
  database.execProtocolRawStream(request, {
    onRawData(piece) {
      const copy = piece.slice();
      port.postMessage(copy, [copy.buffer]);
    },
  });

port.on('message', (request: Uint8Array | null) => {
  last = last.then(async () => {
    if (request !== null) return execute(request);
    await database.close();
    port.close();
  });
});
port.postMessage(null);
