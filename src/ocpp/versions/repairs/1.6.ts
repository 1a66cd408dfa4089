import type { Repair } from './repair.ts';

/** Defects of the official 1.6 schemas. */
export const repairs16: readonly Repair[] = [];
