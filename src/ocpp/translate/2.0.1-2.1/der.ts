/** DER (X.690): just enough to read a signed structure whose shape is known, and strict, because what is not DER is not to be trusted. */

/** An element with its contents undecoded. */
export interface Element {
  /** The identifier octet: class, constructed or not, and number. */
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The elements that follow each other in `bytes`; `undefined` when it is not DER, or more than that. */
export function elements(bytes: Uint8Array): readonly Element[] | undefined {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] as number;
    const length = lengthAt(bytes, at + 1);
    // Numbers above 30 take more octets; no structure that is read here has them.
    if ((tag & 0x1f) === 0x1f || length === undefined) return undefined;
    const end = length.from + length.value;
    if (end > bytes.length) return undefined;
    found.push({ tag, content: bytes.subarray(length.from, end) });
    at = end;
  }
  return found;
}

/** A length in its shortest form (X.690 10.1), and where the contents begin. */
function lengthAt(bytes: Uint8Array, at: number): { readonly value: number; readonly from: number } | undefined {
  const first = bytes[at];
  if (first === undefined || first === 0x80) return undefined;
  if (first < 0x80) return { value: first, from: at + 1 };
  const octets = bytes.subarray(at + 1, at + 1 + (first & 0x7f));
  if (octets.length < (first & 0x7f) || octets.length > 4 || octets[0] === 0) return undefined;
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return value < 0x80 ? undefined : { value, from: at + 1 + octets.length };
}

/** The only element in `bytes`, when it has this tag. */
export function only(bytes: Uint8Array, tag: number): Uint8Array | undefined {
  const found = elements(bytes);
  const [first] = found ?? [];
  return found?.length === 1 && first?.tag === tag ? first.content : undefined;
}

/** GeneralizedTime as RFC 5280 4.1.2.5.2 has it (YYYYMMDDHHMMSSZ), in ms since 1970; `undefined` when it is none. */
export function generalizedTime(content: Uint8Array): number | undefined {
  if (content.length !== 15) return undefined;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(String.fromCharCode(...content));
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Octets as lower-case hexadecimal text. */
export const hex = (content: Uint8Array): string =>
  Array.from(content, (octet) => octet.toString(16).padStart(2, '0')).join('');
