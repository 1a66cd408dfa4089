/**
 * OCPP over SOAP. An entry of its own, published as `evsebridge/ocpp/soap`: its XML reader is a CommonJS package, which browsers
 * do not take without a bundler.
 */
export * from './envelope.ts';
export { type Fault, faultOf, httpStatusOf } from './faults.ts';
export { XmlError } from './xml.ts';
