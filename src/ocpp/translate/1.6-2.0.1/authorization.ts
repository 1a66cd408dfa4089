/** Block C, Authorization: Authorize, ClearCache. */
import { answer, forward, type Payload } from '../outcome.ts';
import { apply, lost, row, rows } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData, statusRows } from './common-rows.ts';
import { forwardOr } from './fan-out.ts';
import { idTagField, idTagInfoField, rememberEvses } from './tokens.ts';

export const authorize: Pair = {
  initiator: 'station',
  older: 'Authorize',
  newer: 'Authorize',
  request: rows(
    idTagField(),
    row(null, 'certificate', lost('1.6 authorizes by token; the contract is not validated')),
    row(null, 'iso15118CertificateHashData', lost('1.6 authorizes by token; the contract is not validated')),
    noCustomData,
  ),
  response: rows(idTagInfoField, row(null, 'certificateStatus', lost('1.6 authorizes by token')), noCustomData),
  up: (request, context, pair) =>
    forward('Authorize', apply(pair.request, 'up', request, context), (response) => {
      rememberEvses(request.idTag as string, response.idTokenInfo as Payload, context);
      return answer(apply(pair.response, 'down', response, context));
    }),
};

export const clearCache: Pair = {
  initiator: 'csms',
  older: 'ClearCache',
  newer: 'ClearCache',
  request: rows(noCustomData),
  response: rows(...statusRows),
  down: () => forwardOr('Rejected', 'ClearCache', {}, ({ status }) => answer({ status })),
};
