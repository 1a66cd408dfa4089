/** Whether a boot is that of a firmware update, which 1.6 does not say. */
import type { Context } from '../context.ts';

const TABLE = 'firmwareStatus';

interface Told {
  /** The last status of an update that the station told. */
  readonly status: string;
  /** It has booted since. */
  readonly booted: boolean;
}

const last = (context: Context): Told | undefined => context.state.get<Told>(TABLE, 'last');

/** Takes in how an update of a 1.6 station goes. */
export function rememberFirmwareStatus(status: string, context: Context): void {
  if (status === 'Idle') return;
  // Installed may come before the boot or after it; what comes before Installed is of an installation yet to be booted.
  const booted = status === 'Installed' && last(context)?.booted === true;
  context.state.set(TABLE, 'last', { status, booted } satisfies Told);
}

const rebooting: ReadonlySet<string> = new Set(['Installing', 'InstallRebooting', 'Installed']);

/** Takes in that the station boots. @returns whether it does so for new firmware */
export function bootsForUpdate(context: Context): boolean {
  const told = last(context);
  if (told === undefined || told.booted) return false;
  context.state.set(TABLE, 'last', { ...told, booted: true } satisfies Told);
  return rebooting.has(told.status);
}
