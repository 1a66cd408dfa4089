/**
 * Transaction ids of 1.x are given by the CSMS. A station has those that the gateway gave it, whoever owns it and whether or not that
 * one was there; each upstream gave its own to the same transactions. Ids of 2.x are texts, given by the station, and cross as they are.
 */
import type { Payload, TranslationState } from '../../ocpp/index.ts';

const TABLE = 'transactionId';
const BACK = 'transactionIdOfStation';
const LIMIT = 500;

/** Notes that the upstream calls a transaction otherwise than the station. @returns the answer with the station's id */
export function withStationsId(state: TranslationState, answer: Payload, given: unknown): Payload {
  const { transactionId } = answer;
  if (typeof transactionId !== 'number' || typeof given !== 'number' || transactionId === given) return answer;
  state.set(TABLE, String(given), transactionId, LIMIT);
  state.set(BACK, String(transactionId), given, LIMIT);
  return { ...answer, transactionId: given };
}

/** A message of the station with the upstream's id; the same object when there is nothing to replace. */
export function toUpstream(state: TranslationState, payload: Payload): Payload {
  const { transactionId } = payload;
  if (typeof transactionId !== 'number') return payload;
  const theirs = state.get<number>(TABLE, String(transactionId));
  return theirs === undefined ? payload : { ...payload, transactionId: theirs };
}

/** A Call of the upstream with the station's id, in a charging profile too; the same object when there is nothing to replace. */
export function toStation(state: TranslationState, payload: Payload): Payload {
  let replaced = payload;
  const ours = stationsId(state, payload['transactionId']);
  if (ours !== undefined) replaced = { ...replaced, transactionId: ours };
  for (const field of ['chargingProfile', 'csChargingProfiles']) {
    const profile = payload[field] as Payload | undefined;
    const id = stationsId(state, profile?.['transactionId']);
    if (id !== undefined) replaced = { ...replaced, [field]: { ...profile, transactionId: id } };
  }
  return replaced;
}

const stationsId = (state: TranslationState, id: unknown): number | undefined =>
  typeof id === 'number' ? state.get<number>(BACK, String(id)) : undefined;
