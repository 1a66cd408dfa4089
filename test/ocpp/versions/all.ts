export { v15 } from '../../../src/ocpp/versions/1.5.ts';
export { v16 } from '../../../src/ocpp/versions/1.6.ts';
export { v201 } from '../../../src/ocpp/versions/2.0.1.ts';
export { v21 } from '../../../src/ocpp/versions/2.1.ts';
export * from '../../../src/ocpp/versions/index.ts';
