/** A load process: takes one job from its parent, does it, sends the result back, ends. */
import type { Job, Results } from './job.ts';
import { commands, connects, throughput } from './rates.ts';
import { drop, idle, reconnect } from './storms.ts';

const work: { [K in Job['kind']]: (job: Extract<Job, { kind: K }>) => Promise<Results[K]> } = {
  throughput,
  connects,
  commands,
  idle,
  drop,
  reconnect,
};

process.once('message', (job: Job) => {
  (work[job.kind] as (job: Job) => Promise<unknown>)(job).then(
    (result) => process.send?.({ result }, () => process.exit(0)),
    (error: unknown) =>
      process.send?.({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }, () =>
        process.exit(1),
      ),
  );
});
