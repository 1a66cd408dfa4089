/** Words that stations use where a schema has others. */
import type { Payload } from './translate/outcome.ts';
import type { SchemaError } from './validate.ts';

/** A word without what spellings differ in. */
export const plain = (word: unknown): string =>
  String(word)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');

/** The enum value that is meant: the same word spelled differently, or what an unknown one is read as. */
export function meantValue(
  { parent, key, value }: { readonly parent: Payload; readonly key: string; readonly value: unknown },
  { params }: SchemaError,
): string | undefined {
  if (typeof value !== 'string') return undefined;
  const allowed = params['allowedValues'] as readonly string[];
  const word = plain(value);
  const known = allowed.find((candidate) => plain(candidate) === word);
  if (known !== undefined) return known;
  const meant = otherWords.get(word) ?? enumDefaults.get(key)?.(parent);
  return meant?.find((candidate) => allowed.includes(candidate));
}

/** Words of other versions and of vendors → the standard's; the first that the field's enum has counts. */
const otherWords: ReadonlyMap<string, readonly string[]> = new Map([
  ['celcius', ['Celsius']],
  ['a', ['Amp']],
  ['v', ['Volt']],
  ['amp', ['A']],
  ['amps', ['A', 'Amp']],
  ['ampere', ['A', 'Amp']],
  ['volt', ['V']],
  ['volts', ['V', 'Volt']],
  ['mode3error', ['EVCommunicationError']],
  ['evcommunicationerror', ['Mode3Error']],
  // Status of a connector that is taken, in the words of 1.5, 1.6 and 2.x
  ['occupied', ['Preparing']],
  ['preparing', ['Occupied']],
  ['charging', ['Occupied']],
  ['suspendedev', ['Occupied']],
  ['suspendedevse', ['Occupied']],
  ['finishing', ['Occupied']],
  // The first edition of 1.6's security white paper. What was verified is the certificate only: the download is to come.
  ['certificateverified', ['DownloadScheduled']],
  ['invalidcertificate', ['InvalidSignature']],
  ['revokedcertificate', ['InvalidSignature']],
  // The white paper's prose on DeleteCertificate
  ['success', ['Accepted']],
]);

/** What a required enum is read as when nobody knows the word; the first value that the field's enum has counts. */
const enumDefaults: ReadonlyMap<string, (parent: Payload) => readonly string[]> = new Map([
  // A code that nobody knows is a fault only when the status says so.
  ['errorCode', ({ status }: Payload) => [plain(status) === 'faulted' ? 'OtherError' : 'NoError']],
  ['reason', () => ['Other', 'Unknown']],
  ['stoppedReason', () => ['Other']],
  // What is told of the transaction is in the other fields; the reason why it is told just now is not worth losing it.
  ['triggerReason', () => ['ChargingStateChanged']],
  // An idToken's.
  ['type', () => ['Central']],
  ['dataType', () => ['string']],
  ['trigger', () => ['Delta']],
  ['eventNotificationType', () => ['HardWiredNotification']],
]);

/** Fields whose absence has a meaning of its own, better than a word nobody knows. */
export const optionalEnums: ReadonlySet<string> = new Set([
  'unit',
  'context',
  'format',
  'location',
  'phase',
  'chargingState',
  'mutability',
]);
