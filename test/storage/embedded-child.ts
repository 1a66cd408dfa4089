/** A process to be killed: commits numbered changes without end, and says which were acknowledged. Arguments: the data directory, the first number. */
import { writeSync } from 'node:fs';
import { openStore } from '../../src/storage/store.ts';
import { common, memoryLog, one, station } from './support.ts';

const [dataDir = '', from = '0'] = process.argv.slice(2);
const store = await openStore({ ...common, dataDir, log: memoryLog() });
let next = Number(from);

/** Written at once: what is still in a buffer would be lost with the process. The pipe may be full for a while. */
function say(text: string): void {
  for (;;) {
    try {
      writeSync(1, text);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

await Promise.all(
  Array.from({ length: 8 }, async () => {
    for (;;) {
      const n = next++;
      await store.commits.commit({ ...one({ messageId: `${n}` }), stations: [station({ model: `${n}` })] });
      say(`${n}\n`);
    }
  }),
);
