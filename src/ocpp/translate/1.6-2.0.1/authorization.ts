/** Block C, Authorization: Authorize, ClearCache. */
import { answer, forward, type Outcome, type Payload, withAnswer } from '../outcome.ts';
import { apply, lost, row, rows } from '../rows.ts';
import { mapped, type Pair } from '../translator.ts';
import { noCustomData, statusRows } from './common-rows.ts';
import { mirrored } from './configuration-mirror.ts';
import { tellPrice } from './cost.ts';
import { withPrice } from './cost-of-csms.ts';
import { forwardOr, refusal } from './fan-out.ts';
import { authorizeContract } from './plug-and-charge.ts';
import { forgetEvses, idTagField, idTagInfoField, rememberEvses } from './tokens.ts';

const unchecked = lost('without Plug & Charge over DataTransfer 1.6 authorizes the token; the contract is not checked');

export const authorize: Pair = {
  initiator: 'station',
  older: 'Authorize',
  newer: 'Authorize',
  note: 'Down: with a contract certificate it is put to the CSMS in a DataTransfer, where Plug & Charge is enabled.',
  request: rows(
    idTagField(),
    row(null, 'certificate', unchecked),
    row(null, 'iso15118CertificateHashData', unchecked),
    noCustomData,
  ),
  response: rows(idTagInfoField, row(null, 'certificateStatus', lost('1.6 authorizes by token')), noCustomData),
  down(request, context, pair) {
    const asAnyToken = (): Outcome =>
      withAnswer(mapped(pair, 'down', request, context), (payload) => withPrice(payload, request.idToken, context));
    const hasContract = request.certificate !== undefined || request.iso15118CertificateHashData !== undefined;
    return hasContract ? authorizeContract(request, context, asAnyToken) : asAnyToken();
  },
  up: (request, context, pair) =>
    forward('Authorize', apply(pair.request, 'up', request, context), (response) => {
      rememberEvses(request.idTag as string, response.idTokenInfo as Payload, context);
      tellPrice(request.idTag as string, response.idTokenInfo, context);
      return answer(apply(pair.response, 'down', response, context));
    }),
};

export const clearCache: Pair = {
  initiator: 'csms',
  older: 'ClearCache',
  newer: 'ClearCache',
  request: rows(noCustomData),
  response: rows(...statusRows),
  down(_request, context) {
    // A 2.x station without a cache says so (2.0.1 C11).
    if (mirrored('AuthorizationCacheEnabled', context)?.trim().toLowerCase() === 'false')
      return refusal('Rejected', 'NotEnabled');
    return forwardOr('Rejected', 'ClearCache', {}, ({ status }) => {
      if (status === 'Accepted') forgetEvses(context);
      return answer({ status });
    });
  },
};
