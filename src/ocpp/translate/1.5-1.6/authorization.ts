/** Authorize, the cache, and the local list. */
import { lost, row, sameBut, table } from '../rows.ts';
import { crossing } from './crossing.ts';

export const authorize = crossing('station', 'Authorize');

export const clearCache = crossing('csms', 'ClearCache');

export const getLocalListVersion = crossing('csms', 'GetLocalListVersion');

const noHash = lost('1.6 has no hash of the list, and no standard said how to make one');

export const sendLocalList = crossing('csms', 'SendLocalList', {
  note: 'The list keeps its British spelling in 1.5. Its hash is not made, and not checked.',
  request: sameBut(row('localAuthorisationList', 'localAuthorizationList'), row('hash', null, noHash)),
  response: sameBut(
    row(
      'status',
      'status',
      table(
        [
          ['Accepted', 'Accepted'],
          ['Failed', 'Failed'],
          ['HashError', 'Failed'],
          ['NotSupported', 'NotSupported'],
          ['VersionMismatch', 'VersionMismatch'],
        ],
        { up: 'Failed', down: 'Failed' },
      ),
    ),
    row('hash', null, noHash),
  ),
});
