import type { Repair } from './repair.ts';

/** Defects of the official 2.1 schemas. */
export const repairs21: readonly Repair[] = [];
