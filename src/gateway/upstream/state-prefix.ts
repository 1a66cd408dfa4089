/** Tables of translation state that belong to an upstream (any, when none is named) begin with this. */
export const statePrefix = (upstream?: string): string =>
  upstream === undefined ? 'upstream:' : `upstream:${upstream}:`;
