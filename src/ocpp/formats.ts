/** The string formats of the official schemas, strict: what leaves the gateway is checked with these. */

// RFC 3339 5.6 with the upper-case separators that all Versions use; the zone is not optional (OCPP 2.x part 4, 1.6 4.x).
// A leap second (:60) is left out: no clock of a station tells it, and `Date` cannot hold it.
const dateTime =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const uri = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]*$/;

/** Whether a text is a URI as the schemas of 1.x want it. */
export const isUri = (value: string): boolean => uri.test(value);

const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** Format name of a schema → test. */
export const formats: Readonly<Record<string, (value: string) => boolean>> = {
  'date-time': (value) =>
    dateTime.test(value) &&
    (Number(value.slice(8, 10)) <= 28 ||
      Number(value.slice(8, 10)) <= daysInMonth(Number(value.slice(0, 4)), Number(value.slice(5, 7)))),
  uri: isUri,
};

/** Length in Unicode code points, as JSON Schema counts `maxLength`. */
export function codePoints(value: string): number {
  let count = 0;
  for (let index = 0; index < value.length; index++) {
    const unit = value.charCodeAt(index);
    if (unit >= 0xd800 && unit <= 0xdbff && (value.charCodeAt(index + 1) & 0xfc00) === 0xdc00) index++;
    count++;
  }
  return count;
}
