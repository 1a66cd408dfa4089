/** The protocol, pure: no I/O, no clock, no environment. Published as `evsebridge/ocpp`. */
export * from './rpc/frame.ts';
export * from './soap/envelope.ts';
export { type Fault, faultOf, httpStatusOf } from './soap/faults.ts';
export { XmlError } from './soap/xml.ts';
export * from './tolerance.ts';
export { Chain, type DueTask } from './translate/chain.ts';
export {
  type Context,
  type DroppedNote,
  defaultSettings,
  type Environment,
  type Side,
  type TranslationSettings,
} from './translate/context.ts';
export { translators } from './translate/index.ts';
export type { Failure, Message, Outcome, Payload, Result } from './translate/outcome.ts';
export { TranslationState } from './translate/state.ts';
export type { Translator } from './translate/translator.ts';
export { describeError, type SchemaError, type Validate } from './validate.ts';
export * from './versions/index.ts';
