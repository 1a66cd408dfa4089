/** A JSON Schema object, as published. */
export type Schema = { [keyword: string]: unknown };

/** One mended defect of a published schema. The schema's own text stays as it is; this is laid over it when generating. */
export interface Repair {
  /** `<Action>Request` or `<Action>Response`, or `definitions`. */
  readonly message: string;
  /** The keys from the message's schema to what is mended. The last one is set to `to` (or removed when `to` is absent). */
  readonly path: readonly string[];
  readonly to?: unknown;
  /** What is wrong in the published file, and who says so. */
  readonly why: string;
}

/**
 * Lays repairs over schemas, in place.
 * @throws Error when a repair's path does not exist: the published file has changed and the repair must be looked at again.
 */
export function applyRepairs(
  schemas: { readonly messages: Record<string, Schema>; readonly definitions: Record<string, Schema> },
  repairs: readonly Repair[],
): void {
  for (const repair of repairs) {
    const root: Schema | undefined =
      repair.message === 'definitions' ? (schemas.definitions as Schema) : schemas.messages[repair.message];
    let at = root;
    for (const key of repair.path.slice(0, -1)) at = at?.[key] as Schema | undefined;
    const last = repair.path.at(-1);
    if (at === undefined || last === undefined) {
      throw new Error(`repair of ${repair.message} finds no ${repair.path.join('/')}: ${repair.why}`);
    }
    if (repair.to === undefined) delete at[last];
    else at[last] = repair.to;
  }
}
