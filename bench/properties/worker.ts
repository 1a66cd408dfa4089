/** Runs units as they are asked for, one after the other. */
import { type Unit, UnitRun } from './unit.ts';

export interface Job {
  readonly unit: Unit;
  readonly seed: number;
  readonly messages: number;
}

process.on('message', ({ unit, seed, messages }: Job) => {
  process.send?.(new UnitRun(unit, seed).run(messages));
});
// Without its parent it has nothing to do.
process.on('disconnect', () => process.exit());
