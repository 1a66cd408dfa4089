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

/** Making a database takes seconds, and half of one cannot be opened: it is made aside and put in place whole. */
async function make(): Promise<void> {
  const aside = `${directory}.new`;
  rmSync(aside, { recursive: true, force: true });
  await (await PGlite.create({ dataDir: aside })).close();
  rmSync(directory, { recursive: true, force: true });
  renameSync(aside, directory);
}

if (!existsSync(join(directory, 'PG_VERSION'))) await make();
const database = await PGlite.create({ dataDir: directory });
let last: Promise<void> = Promise.resolve();

async function execute(request: Uint8Array): Promise<void> {
  const answer = await database.execProtocolRaw(request);
  // The answer may be a view of the database's own buffer: what is transferred must be a copy.
  const copy = answer.slice();
  port?.postMessage(copy, [copy.buffer]);
}

port.on('message', (request: Uint8Array | null) => {
  last = last.then(async () => {
    if (request !== null) return execute(request);
    await database.close();
    port.close();
  });
});
port.postMessage(null);
