/** Block A, Security: security events. */
import { answer, crossed, forward } from '../outcome.ts';
import { apply, convert, row, rows, same } from '../rows.ts';
import { mapped, type Pair } from '../translator.ts';
import { noCustomData } from './common-rows.ts';
import { isUnsupported, showsExtension } from './security-extension.ts';

/** Events that 2.x calls otherwise. `type` is a free text: every other name is the same in both, or of a vendor. */
const names: readonly (readonly [older: string, newer: string])[] = [
  ['FailedToAuthenticateAtCentralSystem', 'FailedToAuthenticateAtCsms'],
  ['CentralSystemFailedToAuthenticate', 'CsmsFailedToAuthenticate'],
  ['InvalidCentralSystemCertificate', 'InvalidCsmsCertificate'],
  ['InvalidChargePointCertificate', 'InvalidChargingStationCertificate'],
  // As some prints of the white paper have it.
  ['FailedToAuthenticationAtCentralSystem', 'FailedToAuthenticateAtCsms'],
  ['CentralSystemFailedToAuthentication', 'CsmsFailedToAuthenticate'],
];
const newerName = new Map<unknown, string>(names);
const olderName = new Map<unknown, string>(names.toReversed().map(([older, newer]) => [newer, older] as const));

export const securityEventNotification: Pair = {
  initiator: 'station',
  older: 'SecurityEventNotification',
  newer: 'SecurityEventNotification',
  note: 'Down: a CSMS without the security extension is not told; the station is answered all the same.',
  request: rows(
    row(
      'type',
      'type',
      convert(
        `${names.map((pair) => pair.join(' ↔ ')).join(', ')}; other names cross as they are`,
        (name) => newerName.get(name) ?? name,
        (name) => olderName.get(name) ?? name,
      ),
    ),
    row('timestamp', 'timestamp', same),
    row('techInfo', 'techInfo', same),
    noCustomData,
  ),
  response: rows(noCustomData),
  up(request, context, pair) {
    showsExtension(context);
    return mapped(pair, 'up', request, context);
  },
  down: (request, context, pair) =>
    forward(
      'SecurityEventNotification',
      apply(pair.request, 'down', request, context),
      () => answer({}),
      (failure) => {
        if (!isUnsupported(failure)) return { kind: 'refuse', failure: crossed(failure) };
        context.lost('type', 'the CSMS does not have the security extension');
        return answer({});
      },
    ),
};
