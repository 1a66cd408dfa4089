/** A process to be killed: commits numbered changes without end, and says which were acknowledged. Arguments: the data directory, the first number. */
import { writeSync } from 'node:fs';
import { openStore } from '../../src/storage/store.ts';
import { common, memoryLog, one, station } from './support.ts';

const [dataDir = '', from = '0'] = process.argv.slice(2);
const store = await openStore({ ...common, dataDir, log: memoryLog() });
let next = Number(from);
await Promise.all(
  Array.from({ length: 8 }, async () => {
    for (;;) {
      const n = next++;
      await store.commits.commit({ ...one({ messageId: `${n}` }), stations: [station({ model: `${n}` })] });
      // Written at once: what is still in a buffer would be lost with the process.
      writeSync(1, `${n}\n`);
    }
  }),
);
