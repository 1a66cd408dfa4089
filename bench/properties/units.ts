import { translators, type VersionName, versionNames } from '../../src/ocpp/index.ts';
import { ANY, actionsOf, type Unit } from './unit.ts';

export interface Choice {
  /** `1.6:2.1`: the station's Version and the CSMS's. */
  readonly pair?: string | undefined;
  /** `MeterValues`, or `station/DataTransfer` where both sides send it; `any`: all of both sides. */
  readonly action?: string | undefined;
}

/** Every ordered pair of Versions with a way of translation between them: a station's and a CSMS's. */
export function pairs(): readonly (readonly [station: VersionName, csms: VersionName])[] {
  const isJoined = (a: number, b: number): boolean =>
    versionNames
      .slice(Math.min(a, b), Math.max(a, b))
      .every((older) => translators.some((translator) => translator.older.name === older));
  return versionNames.flatMap((station, a) =>
    versionNames.flatMap((csms, b) => (a !== b && isJoined(a, b) ? [[station, csms] as const] : [])),
  );
}

/** Every Action of each side of every pair, and all of them together, as far as chosen. */
export const units = ({ pair, action }: Choice): readonly Unit[] =>
  pairs()
    .filter(([station, csms]) => pair === undefined || pair === `${station}:${csms}`)
    .flatMap(([station, csms]) =>
      (['station', 'csms'] as const).flatMap((side) =>
        [...actionsOf(side === 'station' ? station : csms, side), ...(side === 'station' ? [ANY] : [])]
          .filter((name) => action === undefined || action === name || action === `${side}/${name}`)
          .map((name): Unit => ({ station, csms, side, action: name })),
      ),
    );
