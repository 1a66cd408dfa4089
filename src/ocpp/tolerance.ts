/**
 * Tolerance: what real stations get wrong is mended where it can be understood. A validator's complaint names the place and the
 * keyword; a row of {@link mends} says what to do about that keyword. What is mended is validated again, strictly.
 */
import type { Payload } from './translate/outcome.ts';
import { describeError, type SchemaError, type Validate } from './validate.ts';
import type { ErrorCondition } from './versions/version.ts';

/** A payload that is valid now, and what had to be mended for it. */
export interface Accepted {
  readonly payload: Payload;
  /** One code per kind of mend; empty when the payload was valid as sent. */
  readonly deviations: readonly DeviationCode[];
  readonly errors?: undefined;
}

/** A payload that cannot be understood. */
export interface Refused {
  readonly condition: ErrorCondition;
  /** Every complaint, in words. */
  readonly errors: readonly string[];
}

export type DeviationCode =
  | 'unknownProperty'
  | 'nullValue'
  | 'numberAsText'
  | 'textAsNumber'
  | 'booleanAsText'
  | 'singleForList'
  | 'overlong'
  | 'emptyList'
  | 'dateTime'
  | 'unknownEnumValue'
  | 'missingField'
  | 'outOfRange'
  | 'precision'
  | 'tooMany'
  | 'unprintable';

const clean: readonly DeviationCode[] = [];
const ROUNDS = 4;

/**
 * Checks a payload; in tolerant mode mends it (in place) until it is valid or cannot be mended.
 * @param defaults what to write for a required field that is missing, by field name
 */
export function check(
  payload: Payload,
  validate: Validate,
  tolerant: boolean,
  now: number,
  defaults: Readonly<Record<string, (payload: Payload, now: number) => unknown>> = {},
): Accepted | Refused {
  if (validate(payload)) return { payload, deviations: clean };
  const first = validate.errors ?? [];
  if (!tolerant) return refused(first);
  const deviations = new Set<DeviationCode>();
  for (let round = 0; round < ROUNDS; round++) {
    const errors = validate.errors ?? [];
    let mended = false;
    for (const error of errors.slice(0, 500)) {
      const deviation = mend(payload, error, now, defaults);
      if (deviation !== undefined) {
        deviations.add(deviation);
        mended = true;
      }
    }
    if (validate(payload)) return { payload, deviations: [...deviations] };
    if (!mended) break;
  }
  return refused(validate.errors ?? first);
}

/** The error condition that a schema violation is (protocol tables of 1.6J 4.2.3 and 2.x part 4 4.3). */
export function conditionOf(error: SchemaError): ErrorCondition {
  switch (error.keyword) {
    case 'required':
    case 'minItems':
    case 'maxItems':
      return 'OccurrenceConstraintViolation';
    case 'type':
      return 'TypeConstraintViolation';
    case 'additionalProperties':
      return 'FormatViolation';
    default:
      return 'PropertyConstraintViolation';
  }
}

/** A missing field says more than an unknown one beside it: the first complaint that is not about an extra property counts. */
function refused(errors: readonly SchemaError[]): Refused {
  const main = errors.find((error) => error.keyword !== 'additionalProperties') ?? errors[0];
  return {
    condition: main === undefined ? 'FormatViolation' : conditionOf(main),
    errors: [...new Set([main, ...errors].filter((error) => error !== undefined).map(describeError))].slice(0, 20),
  };
}

interface Place {
  readonly parent: Payload;
  readonly key: string;
  readonly value: unknown;
}

function placeOf(root: Payload, pointer: string): Place | undefined {
  const path = pointer.split('/').slice(1).map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = path.pop();
  if (key === undefined) return undefined;
  let parent: unknown = root;
  for (const name of path) {
    if (typeof parent !== 'object' || parent === null) return undefined;
    parent = (parent as Payload)[name];
  }
  if (typeof parent !== 'object' || parent === null) return undefined;
  return { parent: parent as Payload, key, value: (parent as Payload)[key] };
}

function mend(
  root: Payload,
  error: SchemaError,
  now: number,
  defaults: Readonly<Record<string, (payload: Payload, now: number) => unknown>>,
): DeviationCode | undefined {
  if (error.keyword === 'additionalProperties') return mendUnknown(root, error);
  if (error.keyword === 'required') return mendMissing(root, error, now, defaults);
  const place = placeOf(root, error.instancePath);
  if (place === undefined) return undefined;
  // Removed by an earlier mend of the same round.
  if (place.value === undefined) return undefined;
  return mends[error.keyword]?.(place, error, now);
}

/** E-39 and vendor extras: fields that the schema does not know. The Journal keeps them, nothing else sees them. */
function mendUnknown(root: Payload, error: SchemaError): DeviationCode | undefined {
  const name = String(error.params['additionalProperty']);
  const object = error.instancePath === '' ? root : (placeOf(root, error.instancePath)?.value as Payload | undefined);
  if (object === undefined || object === null || !Object.hasOwn(object, name)) return undefined;
  delete object[name];
  return 'unknownProperty';
}

function mendMissing(
  root: Payload,
  error: SchemaError,
  now: number,
  defaults: Readonly<Record<string, (payload: Payload, now: number) => unknown>>,
): DeviationCode | undefined {
  const name = String(error.params['missingProperty']);
  const object = error.instancePath === '' ? root : (placeOf(root, error.instancePath)?.value as Payload | undefined);
  if (name === 'sampledValue') return dropElement(root, error.instancePath);
  const make = defaults[name];
  if (make === undefined || object === undefined || object === null) return undefined;
  const value = make(object, now);
  if (value === undefined) return undefined;
  object[name] = value;
  return 'missingField';
}

/** E-6: a meter value without samples says nothing; the list goes on without it. */
function dropElement(root: Payload, pointer: string): DeviationCode | undefined {
  const place = placeOf(root, pointer);
  if (place === undefined || !Array.isArray(place.parent)) return undefined;
  place.parent.splice(Number(place.key), 1);
  return 'emptyList';
}

/** Keyword → mend. `undefined`: it cannot be mended here. */
const mends: Readonly<Record<string, (place: Place, error: SchemaError, now: number) => DeviationCode | undefined>> = {
  type: mendType,
  maxLength({ parent, key, value }, { params }) {
    parent[key] = [...(value as string)].slice(0, params['limit'] as number).join('');
    return 'overlong';
  },
  format({ parent, key, value }, { params }, now) {
    if (params['format'] !== 'date-time') return undefined;
    parent[key] = readDateTime(value as string, now);
    return 'dateTime';
  },
  minItems({ parent, key, value }) {
    // An empty list stands for "none"; where the list is required, the object around it goes at the next round.
    if (!Array.isArray(value) || value.length > 0 || Array.isArray(parent)) return undefined;
    delete parent[key];
    return 'emptyList';
  },
  enum({ parent, key, value }, { params }) {
    const allowed = params['allowedValues'] as readonly string[];
    const known = allowed.find((candidate) => candidate.toLowerCase() === String(value).toLowerCase().trim());
    if (known !== undefined) parent[key] = known;
    else if (enumDefaults[key] !== undefined && allowed.includes(enumDefaults[key] as string)) parent[key] = enumDefaults[key];
    else if (optionalEnums.has(key)) delete parent[key];
    else return undefined;
    return 'unknownEnumValue';
  },
  multipleOf({ parent, key, value }, { params }) {
    const step = params['multipleOf'] as number;
    parent[key] = Number((Math.floor((value as number) / step + 1e-9) * step).toPrecision(12));
    return 'precision';
  },
};

/** E-7, E-22: an unknown word where the schema has an enum, and what it is read as. */
const enumDefaults: Readonly<Record<string, string>> = { errorCode: 'OtherError', reason: 'Other', stoppedReason: 'Other' };

/** Fields whose absence has a meaning of its own, better than a word nobody knows. */
const optionalEnums: ReadonlySet<string> = new Set(['unit', 'context', 'format', 'location', 'phase', 'chargingState']);

function mendType({ parent, key, value }: Place, { params }: SchemaError): DeviationCode | undefined {
  const wanted = params['type'];
  if (value === null || value === 'null') {
    if (Array.isArray(parent)) return undefined;
    delete parent[key];
    return 'nullValue';
  }
  if (wanted === 'string' && typeof value === 'number') {
    parent[key] = String(value);
    return 'numberAsText';
  }
  if ((wanted === 'integer' || wanted === 'number') && typeof value === 'string' && /^\s*[+-]?\d+(?:\.\d+)?\s*$/.test(value)) {
    const number = Number(value);
    if (wanted === 'integer' && !Number.isInteger(number)) return undefined;
    parent[key] = number;
    return 'textAsNumber';
  }
  if (wanted === 'integer' && typeof value === 'number' && Number.isFinite(value)) {
    parent[key] = Math.round(value);
    return 'precision';
  }
  if (wanted === 'boolean' && (value === 'true' || value === 'false')) {
    parent[key] = value === 'true';
    return 'booleanAsText';
  }
  if (wanted === 'array' && typeof value === 'object') {
    parent[key] = [value];
    return 'singleForList';
  }
  return undefined;
}

const dateTimeParts =
  /^\s*(\d{4})-(\d{1,2})-(\d{1,2})[Tt ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(?:([Zz])|([+-])(\d{2}):?(\d{2})?)?\s*$/;

/** Date-times as stations write them (B.7, E-10, E-43) → RFC 3339 UTC; what cannot be read is the time of receipt. */
export function readDateTime(text: string, now: number): string {
  const parts = dateTimeParts.exec(text);
  if (parts !== null) {
    const [, year, month, day, hour, minute, second = '0', fraction = '0', , sign, zoneHour, zoneMinute = '0'] = parts;
    const offset = sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(zoneHour) * 60 + Number(zoneMinute));
    const ms = Date.UTC(
      Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute) - offset, Number(second),
      Math.floor(Number(`0.${fraction}`) * 1000),
    );
    if (Number.isFinite(ms)) return new Date(ms).toISOString();
  }
  const guessed = Date.parse(text);
  return new Date(Number.isFinite(guessed) && guessed > 0 ? guessed : now).toISOString();
}

const unpaired = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/**
 * Removes what no database and no other party can hold: NUL characters and halves of surrogate pairs, in every text of a payload.
 * @returns true when there was any
 */
export function removeUnprintable(payload: Payload): boolean {
  let found = false;
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') {
      if (!value.includes('\u0000') && !unpaired.test(value)) return value;
      found = true;
      return value.replaceAll('\u0000', '').toWellFormed();
    }
    if (typeof value !== 'object' || value === null) return value;
    for (const key of Object.keys(value)) {
      if (key === '__proto__') delete (value as Payload)[key];
      else (value as Payload)[key] = walk((value as Payload)[key]);
    }
    return value;
  };
  walk(payload);
  return found;
}

/** A cheap look at JSON text: may {@link removeUnprintable} find anything in it? */
export const mayBeUnprintable = (json: string): boolean => json.includes('\\u0000') || json.includes('\\ud') || json.includes('\\uD');
