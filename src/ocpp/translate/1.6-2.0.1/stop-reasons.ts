/** Stop reasons: 1.6 `reason` ↔ `stoppedReason`, and the triggerReason that goes with it. */
import { table } from '../rows.ts';

/** 1.6 reason → stoppedReason, triggerReason. */
const reasons: readonly (readonly [reason: string, stoppedReason: string, triggerReason: string])[] = [
  ['Local', 'Local', 'StopAuthorized'],
  ['Remote', 'Remote', 'RemoteStop'],
  ['DeAuthorized', 'DeAuthorized', 'Deauthorized'],
  ['EVDisconnected', 'EVDisconnected', 'EVCommunicationLost'],
  ['EmergencyStop', 'EmergencyStop', 'AbnormalCondition'],
  ['PowerLoss', 'PowerLoss', 'AbnormalCondition'],
  ['Reboot', 'Reboot', 'AbnormalCondition'],
  ['HardReset', 'ImmediateReset', 'ResetCommand'],
  ['SoftReset', 'ImmediateReset', 'ResetCommand'],
  ['UnlockCommand', 'Remote', 'UnlockCommand'],
  ['Other', 'Other', 'ChargingStateChanged'],
];

const byReason = new Map(
  reasons.map(([reason, stoppedReason, triggerReason]) => [reason, { stoppedReason, triggerReason }]),
);

/** @param status the connector's last 1.6 status: a transaction that a fault ended was stopped by it */
export function stopReason(
  reason: string | undefined,
  status: string | undefined,
): { readonly stoppedReason: string; readonly triggerReason: string } {
  const found = byReason.get(reason ?? 'Local') ?? { stoppedReason: 'Other', triggerReason: 'ChargingStateChanged' };
  return found.stoppedReason === 'Other' && status === 'Faulted'
    ? { ...found, triggerReason: 'AbnormalCondition' }
    : found;
}

/** Both directions, for the values that stand for themselves and those that 1.6 has no word for. */
export const stoppedReason = table(
  [
    ...reasons.map(([reason, stopped]) => [reason, stopped] as const),
    ['Local', 'MasterPass'],
    ['Other', 'StoppedByEV'],
    ['Other', 'Timeout'],
    ['Other', 'EnergyLimitReached'],
    ['Other', 'TimeLimitReached'],
    ['Other', 'SOCLimitReached'],
    ['Other', 'LocalOutOfCredit'],
    ['Other', 'GroundFault'],
    ['Other', 'OvercurrentFault'],
    ['Other', 'PowerQuality'],
  ],
  { up: 'Other', down: 'Other' },
);

const downReasons: ReadonlyMap<string, string> = new Map(
  (stoppedReason as Extract<typeof stoppedReason, { kind: 'table' }>).pairs
    .toReversed()
    .flatMap(([older, newer]) => (older === null || newer === null ? [] : [[newer, older] as const])),
);

/**
 * stoppedReason → 1.6 reason; `undefined` is left out, which 1.6 reads as Local.
 * @param triggers triggerReasons of the Ended event and of the stop that was announced before it
 * @param reset the 1.6 type of a Reset that was sent just before
 */
export function reasonDown(
  stopped: string | undefined,
  triggers: readonly (string | undefined)[],
  reset: 'Hard' | 'Soft' | undefined,
): string | undefined {
  if (triggers.includes('UnlockCommand')) return 'UnlockCommand';
  if (stopped === undefined) return triggers.includes('StopAuthorized') ? undefined : 'Other';
  if (stopped === 'ImmediateReset') return reset === 'Soft' ? 'SoftReset' : 'HardReset';
  return downReasons.get(stopped) ?? 'Other';
}
