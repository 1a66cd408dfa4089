/** What the station said of itself when it last booted. */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';

const TABLE = 'boot';

/** The last BootNotification in 2.0.1 form, without reason: for a CSMS that asks for it where the station will not. */
export const lastBoot = (context: Context): Payload | undefined => context.state.get<Payload>(TABLE, 'newer');

/** Takes in a BootNotification in 2.0.1 form. @returns true when it says something else than the last one */
export function rememberBoot({ reason: _reason, ...boot }: Payload, context: Context): boolean {
  if (JSON.stringify(lastBoot(context)) === JSON.stringify(boot)) return false;
  context.state.set(TABLE, 'newer', boot);
  return true;
}

/** The firmware that the station booted with; `null`: it did not say. */
export const bootedFirmware = (context: Context): string | null =>
  ((lastBoot(context)?.chargingStation as Payload | undefined)?.firmwareVersion as string | undefined) ?? null;
