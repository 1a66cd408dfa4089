/**
 * Costs and prices as both sides write them ("OCPP & California Pricing Requirements" of the OCA): for 1.6 the `data` of a
 * DataTransfer; for 2.x fields of its own, and `customData` for what it has no field for.
 */
import type { Context } from '../context.ts';
import type { Payload } from '../outcome.ts';
import { isObject } from '../rows.ts';
import { mirrored } from './configuration-mirror.ts';

export const costVendor = 'org.openchargealliance.costmsg';
const languageVendor = 'org.openchargealliance.multilanguage';

/** Whether costs and prices cross: the operator wants it, and the station has not said that it shows none. */
export const crossesCosts = (context: Context): boolean =>
  context.settings.costMessages && mirrored('CustomDisplayCostAndPrice', context)?.trim().toLowerCase() !== 'false';

/** What a customData of 2.x says of costs or languages. */
export function customFields(customData: unknown): Payload {
  if (!isObject(customData)) return {};
  const { vendorId, ...fields } = customData;
  return vendorId === costVendor || vendorId === languageVendor ? fields : {};
}

/** The text of a 2.x message as 1.6 shows it, with those in other languages. */
export function priceText(message: unknown, customData: unknown): Payload | undefined {
  if (!isObject(message) || typeof message.content !== 'string') return undefined;
  const { personalMessageExtra, updatedPersonalMessageExtra } = customFields(customData);
  const extra: unknown = personalMessageExtra ?? updatedPersonalMessageExtra;
  return { priceText: message.content, ...(Array.isArray(extra) ? { priceTextExtra: extra } : {}) };
}

/** Longest content of a 2.0.1 message. */
const LENGTH = 512;

/** A price text of 1.6 as a message of 2.x; `undefined` when there is none. */
export function messageOf(text: unknown, context: Context): Payload | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  const characters = [...text];
  if (characters.length > LENGTH) context.lost('priceText', `cut to ${LENGTH} characters`);
  return { format: 'UTF8', content: characters.slice(0, LENGTH).join('') };
}
