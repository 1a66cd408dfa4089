/** Block M, GetCertificateChainStatus (2.1): a 2.0.1 CSMS is asked for one certificate after the other. */
import type { Context } from '../context.ts';
import { answer, forwardAll, type Outcome, type Payload, type Result } from '../outcome.ts';
import { sameBut } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { isLonger } from './crossing.ts';
import { certificateStatuses, withoutZeros } from './ocsp.ts';

/** How long an answer is good for that says nothing of it, in ms: the station asks again after it. */
const VALID = 3_600_000;
const LONGEST_URL = 512;

/** What a station wants to know of one certificate. */
interface Asked {
  readonly source: 'CRL' | 'OCSP';
  readonly certificateHashData: Payload;
  readonly urls: readonly string[];
}

/** The responder that 2.0.1 can be told of: the first, unless its address is too long. 2.0.1 has no revocation lists. */
const responderOf = ({ source, urls }: Asked): string | undefined =>
  source === 'OCSP' ? urls.find((url) => !isLonger(url, LONGEST_URL)) : undefined;

interface Status {
  readonly status: string;
  /** ms since 1970. */
  readonly nextUpdate: number;
}

/** What the CSMS answered of a certificate; `undefined`: nothing that can be used. */
function statusOf({ certificateHashData }: Asked, result: Result | undefined, now: number): Status | undefined {
  const response = result?.failure === undefined ? result?.payload : undefined;
  if (response?.status !== 'Accepted' || typeof response.ocspResult !== 'string') return undefined;
  const { serialNumber, issuerKeyHash } = certificateHashData as { serialNumber: string; issuerKeyHash: string };
  const found = certificateStatuses(response.ocspResult)?.find(
    (one) =>
      one.serialNumber === withoutZeros(serialNumber) &&
      // Hashes of another algorithm than was asked for cannot be compared.
      (one.issuerKeyHash.length !== issuerKeyHash.length || one.issuerKeyHash === issuerKeyHash.toLowerCase()),
  );
  if (found === undefined) return undefined;
  const nextUpdate = found.nextUpdate ?? now + VALID;
  // RFC 6960 3.2: what is outdated is not to be relied on.
  return nextUpdate > now ? { status: found.status, nextUpdate } : undefined;
}

function down(request: Payload, context: Context): Outcome {
  const asked = request.certificateStatusRequests as readonly Asked[];
  const responders = asked.map(responderOf);
  const calls = asked.flatMap(({ certificateHashData }, index) => {
    const responderURL = responders[index];
    if (responderURL === undefined) return [];
    return [{ action: 'GetCertificateStatus', payload: { ocspRequestData: { ...certificateHashData, responderURL } } }];
  });
  return forwardAll(calls, (results) => {
    const now = context.now();
    let next = 0;
    const certificateStatus = asked.map((one, index) => {
      const known = responders[index] === undefined ? undefined : statusOf(one, results[next++], now);
      const { status, nextUpdate } = known ?? { status: 'Failed', nextUpdate: now + VALID };
      return {
        source: one.source,
        certificateHashData: one.certificateHashData,
        status,
        nextUpdate: new Date(nextUpdate).toISOString(),
      };
    });
    return answer({ certificateStatus });
  });
}

export const getCertificateChainStatus: Pair = {
  initiator: 'station',
  older: null,
  newer: 'GetCertificateChainStatus',
  note: 'One GetCertificateStatus for each certificate with an OCSP responder; status and nextUpdate are read out of the OCSP response. Failed, and good for an hour, are CRLs, addresses over 512 characters, and what the CSMS does not answer.',
  request: sameBut(),
  response: sameBut(),
  down,
};
