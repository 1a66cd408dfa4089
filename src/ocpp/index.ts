/**
 * The protocol, pure: no I/O, no clock, no environment. Published as `evsebridge/ocpp`; docs/library.md shows how to use it.
 *
 * From the simple to the bare: {@link validate} and {@link translate} for one message, {@link Bridge} for a station and its CSMS,
 * {@link Chain} for whoever drives translation himself (as the gateway does).
 */

export { Bridge, type BridgeOptions, initiatorOf, type Translated, translate } from './bridge.ts';
export { validate } from './checked.ts';
export {
  type MemoryEnvironment,
  memoryEnvironment,
  type Remembered,
  type Surroundings,
} from './memory-environment.ts';
export type { ActionOf, Messages, RequestOf, ResponseOf } from './messages.ts';
export { missingFields } from './missing-fields.ts';
export {
  callError,
  callFrame,
  callResult,
  callResultError,
  type Frame,
  type FrameDeviation,
  type MessageId,
  parseFrame,
  sendFrame,
} from './rpc/frame.ts';
export { type Hide, hidesNothing, hiding, isSecretName, masked, maskedText } from './secrets.ts';
export {
  type Accepted,
  check,
  conditionOf,
  type Defaults,
  type DeviationCode,
  type Refused,
} from './tolerance.ts';
export { Chain, type DueTask } from './translate/chain.ts';
export {
  type Context,
  type DroppedNote,
  defaultSettings,
  type Environment,
  type Side,
  type TranslationSettings,
} from './translate/context.ts';
export { explain, type FieldTrace } from './translate/explain.ts';
export { translators } from './translate/index.ts';
export type { Failure, Message, Outcome, Payload, Result } from './translate/outcome.ts';
export { type StateChange, TranslationState } from './translate/state.ts';
export { type Asked, type Dropped, type TraceStep, traced } from './translate/trace.ts';
export type { Pair, Translator } from './translate/translator.ts';
export { mayBeUnprintable, removeUnprintable } from './unprintable.ts';
export { describeError, type SchemaError, type Validate } from './validate.ts';
export * from './versions/index.ts';
