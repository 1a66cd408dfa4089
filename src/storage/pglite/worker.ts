/**
 * The embedded database in its own thread. It speaks PostgreSQL's wire protocol: every message from the other side is a piece of
 * it to execute, every message back is the answer; `null` asks to close and is answered by the end of the thread.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');
const { directory } = workerData as { readonly directory: string };

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
