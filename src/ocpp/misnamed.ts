/**
 * The dialects of 1.5 over JSON, for which nobody ever wrote a schema: stations name the parts of meter values as they like; and of
 * the first edition of 1.6's security white paper. A row says what a field is called by some, where it stands, and what it should be
 * called.
 */
import { pemBlock } from './pem.ts';
import type { Payload } from './translate/outcome.ts';

/** In elements of `list` (`undefined`: in the message itself) the field `given` is misnamed or misplaced. */
interface Misnamed {
  readonly list: string | undefined;
  readonly given: string;
  readonly wanted: string;
  /** The object in the element that it belongs into. */
  readonly inside?: string;
  /** What the value should be; `undefined`: it is none. By default it is as it should be. */
  readonly read?: (value: unknown) => unknown;
}

const misnamed: readonly Misnamed[] = [
  { list: undefined, given: 'value', wanted: 'values' },
  { list: 'transactionData', given: 'value', wanted: 'values' },
  { list: 'values', given: 'values', wanted: 'value' },
  { list: 'value', given: 'value', wanted: '$value' },
  ...['context', 'format', 'measurand', 'location', 'unit'].map((name) => ({
    list: 'value',
    given: name,
    wanted: name,
    inside: 'attributes',
  })),
  // The names of 1.6.
  { list: undefined, given: 'meterValue', wanted: 'values' },
  { list: 'values', given: 'sampledValue', wanted: 'value' },
  // The security white paper's first edition.
  { list: undefined, given: 'typeOfCertificate', wanted: 'certificateType' },
  { list: undefined, given: 'cert', wanted: 'certificateChain', read: pemChain },
];

/** A chain of certificates in hexadecimal DER, as PEM; `undefined` when it is none. */
function pemChain(value: unknown): string | undefined {
  const certificates: readonly unknown[] = Array.isArray(value) ? value : [value];
  const blocks = certificates.map((hex) => (typeof hex === 'string' ? pemBlock(hex) : undefined));
  return blocks.length === 0 || blocks.includes(undefined) ? undefined : blocks.join('');
}

/** Whether an element of a list lacks a field only by its name. */
export const hasMisnamed = (object: Payload, list: string | undefined, wanted: string): boolean =>
  misnamed.some((row) => row.list === list && row.wanted === wanted && Object.hasOwn(object, row.given));

/**
 * Puts the value of an unknown field, which was taken out already, where it belongs.
 * @param list the list that the object is an element of
 * @returns false when nothing is known of such a field
 */
export function rename(object: Payload, list: string | undefined, given: string, value: unknown): boolean {
  const found = misnamed.find((row) => row.list === list && row.given === given);
  if (found === undefined) return list === 'transactionData' && given === 'timestamp' && wrap(object, value);
  const { wanted, inside, read } = found;
  const meant = read === undefined ? value : read(value);
  if (meant === undefined) return false;
  if (inside !== undefined && typeof object[inside] !== 'object') object[inside] = {};
  const target = (inside === undefined ? object : object[inside]) as Payload;
  if (!Object.hasOwn(target, wanted)) target[wanted] = meant;
  return true;
}

/** An element of transactionData that is a meter value itself, instead of an object with a list of them. */
function wrap(object: Payload, timestamp: unknown): true {
  const meterValue: Payload = { timestamp };
  for (const name of Object.keys(object)) {
    meterValue[name] = object[name];
    delete object[name];
  }
  object['values'] = [meterValue];
  return true;
}
