/** Time zones: an IANA name (`Europe/Berlin`), or an offset (`+02:00`, `Z`). */

/** How far a zone is east of UTC at an instant, in ms; `undefined` when there is no such zone. */
export function zoneOffset(zone: string, at: number): number | undefined {
  const text = zone.trim();
  if (text === 'Z') return 0;
  return fixedOffset(text) ?? namedOffset(text, at);
}

/** `+01:00`, `-0530`, or `GMT+01:00` as Intl writes it. */
function fixedOffset(text: string): number | undefined {
  const [, sign, hours, minutes] = /^(?:GMT)?([+-])(\d\d):?(\d\d)$/.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function namedOffset(timeZone: string, at: number): number | undefined {
  try {
    const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value;
    return name === 'GMT' ? 0 : fixedOffset(name ?? '');
  } catch {
    // RangeError: Intl knows no such zone.
    return undefined;
  }
}

/**
 * The instant at which clocks in a zone show what a date-time shows, whatever offset it is written with, as ISO 8601;
 * `undefined` when there is no such zone. Of an hour that comes twice the first one is meant.
 */
export function fromLocalTime(dateTime: string, zone: string): string | undefined {
  const [shown] = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?/.exec(dateTime) ?? [];
  const local = Date.parse(`${shown}Z`);
  const before = zoneOffset(zone, local - DAY);
  const after = zoneOffset(zone, local + DAY);
  if (Number.isNaN(local) || before === undefined || after === undefined) return undefined;
  // The one in force on the day before, if it still is then.
  const offset = zoneOffset(zone, local - before) === before ? before : after;
  return new Date(local - offset).toISOString();
}

const DAY = 86_400_000;
