/** 2.x part 2 2.1.3: integers are 32 bits wide. The schemas do not say so, and storage holds no other. */
export const int32 = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? value : null;
