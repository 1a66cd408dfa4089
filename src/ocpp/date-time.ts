/** Date-times as stations write them. */

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  /** Minutes ahead of UTC. */
  readonly offset: number;
}

const time = /[Tt ,]+(?<hour>\d{1,2}):?(?<minute>\d{2})(?::?(?<second>\d{2})(?:[.,](?<fraction>\d+))?)?/.source;
const zone =
  /\s*(?<half>[AaPp][Mm])?\s*(?:[Zz]|UTC|GMT)?(?:(?<sign>[+-])(?<zoneHour>\d{2}):?(?<zoneMinute>\d{2})?)?\s*$/.source;

/** Orders of year, month and day. What else a library may write is read by `Date`, provided that it says its zone. */
const forms: readonly RegExp[] = [
  /^\s*(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})/,
  /^\s*(?<year>\d{4})\/(?<month>\d{1,2})\/(?<day>\d{1,2})/,
  /^\s*(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})/,
  // Month first: the locale that writes the 12-hour clock
  /^\s*(?<month>\d{1,2})\/(?<day>\d{1,2})\/(?<year>\d{4})/,
  /^\s*(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})/,
].map((date) => new RegExp(date.source + time + zone));

const epoch = /^\s*(\d{9,10}|\d{12,13})(?:\.\d+)?\s*$/;
const withZone = /(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\s*(?:\([^)]*\))?\s*$/;

/**
 * Reads a date-time that is not written as RFC 3339 wants it. Without a zone it is taken for UTC.
 * @returns RFC 3339 in UTC; the time of receipt for what cannot be read
 */
export function readDateTime(text: string, now: number): string {
  const ms =
    text.length > 100
      ? Number.NaN
      : (inForms(text) ?? inSeconds(text) ?? (withZone.test(text) ? Date.parse(text) : Number.NaN));
  return isWritable(ms) ? new Date(ms).toISOString() : new Date(now).toISOString();
}

/** From year 0 to 9999: others are no date-time of RFC 3339. */
export const isWritable = (ms: number): boolean => ms >= -62_167_219_200_000 && ms <= 253_402_300_799_999;

function inForms(text: string): number | undefined {
  for (const form of forms) {
    const parts = partsOf(form.exec(text)?.groups);
    if (parts !== undefined) return instant(parts);
  }
  return undefined;
}

function partsOf(groups: Readonly<Record<string, string | undefined>> | undefined): Parts | undefined {
  if (groups === undefined) return undefined;
  const number = (name: string): number => Number(groups[name] ?? 0);
  const { half, sign } = groups;
  const hour = half === undefined ? number('hour') : (number('hour') % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  const parts = {
    year: number('year'),
    month: number('month'),
    day: number('day'),
    hour,
    minute: number('minute'),
    second: number('second'),
    millisecond: Math.floor(Number(`0.${groups['fraction'] ?? 0}`) * 1000),
    offset: (sign === '-' ? -1 : 1) * (number('zoneHour') * 60 + number('zoneMinute')),
  };
  const { month, day, minute, second } = parts;
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 24 && minute <= 59 && second <= 60
    ? parts
    : undefined;
}

function instant({ year, month, day, hour, minute, second, millisecond, offset }: Parts): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute - offset, second, millisecond);
  return date.getTime();
}

/** Seconds or milliseconds since 1970. */
function inSeconds(text: string): number | undefined {
  const digits = epoch.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits) * (digits.length <= 10 ? 1000 : 1);
}
