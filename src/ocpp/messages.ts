/** The TypeScript types of every message, by Version and Action, out of the official schemas. */
import type { Messages as Messages15 } from './generated/1.5.types.ts';
import type { Messages as Messages16 } from './generated/1.6.types.ts';
import type { Messages as Messages201 } from './generated/2.0.1.types.ts';
import type { Messages as Messages21 } from './generated/2.1.types.ts';

/** Version → `<Action>Request` and `<Action>Response` → type of the payload. */
export interface Messages {
  readonly '1.5': Messages15;
  readonly '1.6': Messages16;
  readonly '2.0.1': Messages201;
  readonly '2.1': Messages21;
}

/** The Actions of a Version, as `RequestOf` takes them. */
export type ActionOf<V extends keyof Messages> = keyof Messages[V] extends infer Name
  ? Name extends `${infer Action}Request`
    ? Action
    : never
  : never;

/** The payload of a Call: `RequestOf<'1.6', 'StartTransaction'>`. */
export type RequestOf<V extends keyof Messages, A extends ActionOf<V>> = Messages[V][`${A}Request` & keyof Messages[V]];

/** The payload of a CallResult; `never` for an Action that has none. */
export type ResponseOf<V extends keyof Messages, A extends ActionOf<V>> = Messages[V][`${A}Response` &
  keyof Messages[V]];
