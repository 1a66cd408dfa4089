/** Numbers in the texts of 1.x meter values. */

/** Decimal text as stations write it → number; `undefined` when it holds none. */
export function parseValue(text: unknown): number | undefined {
  if (typeof text === 'number') return Number.isFinite(text) ? text : undefined;
  if (typeof text !== 'string') return undefined;
  const direct = Number(text);
  if (Number.isFinite(direct) && text.trim() !== '') return direct;
  const trimmed = text.replace(/\s+/g, '');
  const value = Number(/^[^.,]*,[^.,]*$/.test(trimmed) ? trimmed.replace(',', '.') : trimmed);
  return trimmed === '' || !Number.isFinite(value) ? undefined : value;
}

/** Shortest decimal text without exponent, of a finite number. */
export function decimal(value: number): string {
  const text = String(value);
  const [, sign = '', whole = '', fraction = '', exponent] = /^(-?)(\d)(?:\.(\d+))?e(.+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = whole + fraction;
  const point = 1 + Number(exponent);
  // JavaScript writes an exponent below 1e-6 and from 1e21 on, where a number has fewer digits than places.
  return sign + (point > 0 ? digits.padEnd(point, '0') : `0.${'0'.repeat(-point)}${digits}`);
}
