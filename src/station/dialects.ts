import { dialect16 } from './1.6.ts';
import { dialect201 } from './2.0.1.ts';
import { dialect21 } from './2.1.ts';
import type { Dialect } from './dialect.ts';
import type { StationVersion } from './options.ts';

/** The Dialect of every Version that a virtual station speaks. */
export const dialects: Readonly<Record<StationVersion, Dialect>> = {
  '1.6': dialect16,
  '2.0.1': dialect201,
  '2.1': dialect21,
};
