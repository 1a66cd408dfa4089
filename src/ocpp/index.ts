/** The protocol, pure: no I/O, no clock, no environment. Published as `evsebridge/ocpp`. */
export * from './versions/index.ts';
export { describeError, type SchemaError, type Validate } from './validate.ts';
