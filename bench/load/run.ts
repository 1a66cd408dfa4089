/** Runs a job in a load process of its own. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Job, Results } from './job.ts';

const entry = fileURLToPath(new URL('./main.ts', import.meta.url));

/** @throws when the load process fails, with what it said. */
export function runLoad<J extends Job>(job: J): Promise<Results[J['kind']]> {
  return new Promise((resolve, reject) => {
    const child = fork(entry, { execArgv: [], serialization: 'advanced' });
    let answered = false;
    child.once('message', (message: { result?: Results[J['kind']]; failure?: string }) => {
      answered = true;
      if (message.result !== undefined) resolve(message.result);
      else reject(new Error(`${job.kind} on ${job.target.name}: ${message.failure}`));
    });
    child.once('exit', (code, signal) => {
      if (!answered)
        reject(new Error(`the load process of ${job.kind} on ${job.target.name} ended with ${signal ?? code}`));
    });
    child.send(job);
  });
}
