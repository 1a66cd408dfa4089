/** The form of a Version in SOAP, as its WSDLs have it. Made by `npm run generate`. */

/** What an element holds: a text, a number, further elements in this order, or (1.5's meter values) a text with attributes. */
export type Type =
  | 'text'
  | 'dateTime'
  | 'integer'
  | 'number'
  | 'boolean'
  | { readonly fields: readonly Field[] }
  | { readonly attributes: readonly string[] };

export interface Field {
  readonly name: string;
  readonly type: Type;
  /** May be there several times: a list in JSON. */
  readonly list?: true;
  /** A list that JSON has even when it is empty, when there is no element. */
  readonly always?: true;
  /** Values that only JSON has → what XML says instead. */
  readonly instead?: Readonly<Record<string, string>>;
}

/** One of the two services of a Version. */
export interface Service {
  readonly namespace: string;
  readonly operations: Readonly<
    Record<string, { readonly request: readonly Field[]; readonly response: readonly Field[] }>
  >;
}

export interface SoapTable {
  /** What stations call. */
  readonly centralSystem: Service;
  /** What stations serve. */
  readonly chargePoint: Service;
}
