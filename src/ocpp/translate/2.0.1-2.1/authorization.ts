/** Block C, Authorization, and D, the local list. */
import { answer, type Payload } from '../outcome.ts';
import { list, procedure, row, sameBut } from '../rows.ts';
import { crossing, isLonger, statusResponse, unless } from './crossing.ts';
import { newIn21 } from './numbers.ts';
import { idTokenInfoRow, idTokenRow } from './tokens.ts';

export const authorize = crossing('station', 'Authorize', {
  note: 'A contract certificate that 2.0.1 has no room for is never cut: the station is told that there is none to check (NoCertificateAvailable).',
  request: sameBut(
    idTokenRow,
    row('certificate', 'certificate', procedure('longer than 5500 characters: answered here')),
    row(
      'iso15118CertificateHashData',
      'iso15118CertificateHashData',
      list(sameBut(row('responderURL', 'responderURL', procedure('longer than 512 characters: answered here')))),
    ),
  ),
  response: sameBut(
    idTokenInfoRow,
    newIn21('allowedEnergyTransfer', 'a 2.0.1 station charges as it always does'),
    newIn21('tariff', '2.0.1 has no tariffs'),
  ),
  down: unless('down', (request) => {
    const hashes = (request.iso15118CertificateHashData ?? []) as readonly Payload[];
    if (!isLonger(request.certificate, 5500) && !hashes.some(({ responderURL }) => isLonger(responderURL, 512)))
      return undefined;
    return answer({ idTokenInfo: { status: 'Invalid' }, certificateStatus: 'NoCertificateAvailable' });
  }),
});

export const clearCache = crossing('csms', 'ClearCache', { response: statusResponse });

export const getLocalListVersion = crossing('csms', 'GetLocalListVersion');

export const sendLocalList = crossing('csms', 'SendLocalList', {
  request: sameBut(row('localAuthorizationList', 'localAuthorizationList', list(sameBut(idTokenRow, idTokenInfoRow)))),
  response: statusResponse,
});
