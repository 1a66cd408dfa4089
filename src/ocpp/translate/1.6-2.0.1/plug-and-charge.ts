/** Block M over 1.6: messages of ISO 15118 in DataTransfer (OCA application note, vendorId `org.openchargealliance.iso15118pnc`). */
import type { Context } from '../context.ts';
import type { Outcome, Payload } from '../outcome.ts';

/** Messages of 2.x that 1.6 has for its own certificates only: those for V2G, MO and OEM certificates cross in DataTransfer. */
export type WrappedAction =
  | 'CertificateSigned'
  | 'DeleteCertificate'
  | 'GetInstalledCertificateIds'
  | 'InstallCertificate'
  | 'SignCertificate'
  | 'TriggerMessage';

/**
 * Puts a 2.0.1 request to the 1.6 side in DataTransfer, and goes on with the 2.0.1 response in its answer.
 * @param request of 2.0.1, about ISO 15118 certificates only
 * @returns an outcome whose answer is the response in 2.0.1 form, one that refuses (Rejected, NotFound, …) where the other side does
 * not know such a DataTransfer; `undefined`: it is not to be asked this way
 */
export const overPlugAndCharge = (_action: WrappedAction, _request: Payload, _context: Context): Outcome | undefined =>
  undefined;
