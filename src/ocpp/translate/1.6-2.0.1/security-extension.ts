/**
 * What a 1.6 station has of the security extension. No feature profile tells it: a station is asked, and its refusal remembered.
 * What it says by itself shows that it has the extension at least in part.
 */
import type { Context } from '../context.ts';
import type { Failure } from '../outcome.ts';
import { mirrored } from './configuration-mirror.ts';

const TABLE = 'securityExtension';

/** The other side does not have this Action: it will not know it the next time either. */
export const isUnsupported = ({ condition, uncertain }: Failure): boolean =>
  uncertain !== true && (condition === 'NotSupported' || condition === 'NotImplemented');

/** Whether the station is known not to have this Action. */
export const lacks = (action: string, context: Context): boolean => context.state.get(TABLE, action) === true;

/** Takes in that the station has sent a message of the extension. */
export function showsExtension(context: Context): void {
  if (context.state.get(TABLE, SHOWN) !== true) context.state.set(TABLE, SHOWN, true);
}

const SHOWN = 'shown';
const keys = [
  'AdditionalRootCertificateCheck',
  'CertificateSignedMaxChainSize',
  'CertificateStoreMaxLength',
  'CpoName',
  'SecurityProfile',
];

const hasShown = (context: Context): boolean =>
  context.state.get(TABLE, SHOWN) === true || keys.some((key) => mirrored(key, context) !== undefined);

/**
 * Takes in that the station has refused a Call of this Action.
 * @returns whether that means that it does not have it, so that there is no harm in asking otherwise
 */
export function refusedAsUnknown(failure: Failure, action: string, context: Context): boolean {
  if (isUnsupported(failure)) {
    context.state.set(TABLE, action, true);
    return true;
  }
  // Not every station has the right words for what it does not know.
  return failure.uncertain !== true && !hasShown(context);
}

/**
 * Takes in that the station was silent on a Call of this Action, or hung up: some do so on what they do not know. Not for what a
 * man in the middle would profit from.
 */
export function unansweredIsUnknown(action: string, context: Context): void {
  if (!hasShown(context)) context.state.set(TABLE, action, true);
}

/** The station is another one than before, perhaps by new firmware. */
export function forgetWhatItLacks(context: Context): void {
  for (const [row] of [...context.state.rows(TABLE)]) context.state.delete(TABLE, row);
}
