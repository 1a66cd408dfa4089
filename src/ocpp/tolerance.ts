/**
 * Tolerance: what real stations get wrong is mended where it can be understood. A validator's complaint names the place and the
 * keyword; a row of {@link mends} says what to do about that keyword. What is mended is validated again, strictly.
 */
import { readDateTime } from './date-time.ts';
import { hasMisnamed, rename } from './misnamed.ts';
import { mendStreamTimes } from './stream-times.ts';
import { meantValue, optionalEnums, plain } from './tolerance-words.ts';
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
  | 'renamedField'
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
/** A mend may uncover the next complaint: a sample is dropped, then its empty list, then the meter value around that, … */
const ROUNDS = 8;

/** What to write for a required field that is missing, by field name; `undefined`: it cannot be guessed. */
export type Defaults = Readonly<Record<string, (payload: Payload, now: number) => unknown>>;

/** What one round of mending works on. */
interface Round {
  readonly root: Payload;
  readonly now: number;
  readonly defaults: Defaults;
  /** List elements that say nothing; removed at the end of the round, so that the places of the other complaints stay right. */
  readonly dropped: Map<unknown[], Set<unknown>>;
}

/**
 * Checks a payload; in tolerant mode mends it (in place) until it is valid or cannot be mended.
 * @param defaults what to write for a required field that is missing, by field name
 */
export function check(
  payload: Payload,
  validate: Validate,
  tolerant: boolean,
  now: number,
  defaults: Defaults = {},
): Accepted | Refused {
  if (validate(payload)) return { payload, deviations: clean };
  const first = validate.errors ?? [];
  if (!tolerant) return refused(first);
  const deviations = new Set<DeviationCode>();
  for (let count = 0; count < ROUNDS; count++) {
    const round: Round = { root: payload, now, defaults, dropped: new Map() };
    let mended = false;
    for (const error of (validate.errors ?? []).slice(0, 500)) {
      const deviation = mend(round, error);
      if (deviation !== undefined) {
        deviations.add(deviation);
        mended = true;
      }
    }
    for (const [list, elements] of round.dropped) {
      list.splice(0, list.length, ...list.filter((element) => !elements.has(element)));
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
  const path = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
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

function mend(round: Round, error: SchemaError): DeviationCode | undefined {
  if (error.keyword === 'additionalProperties') return mendUnknown(round, error);
  if (isStreamTime(error) && mendStreamTimes(round.root, round.now)) return 'dateTime';
  if (error.keyword === 'required') return mendMissing(round, error);
  const place = placeOf(round.root, error.instancePath);
  // Removed by an earlier mend of the same round.
  if (place === undefined || place.value === undefined) return undefined;
  if (
    error.keyword === 'enum' &&
    essential.has(place.key) &&
    place.value !== '' &&
    meantValue(place, error) === undefined
  ) {
    return drop(round, error.instancePath.replace(/(?:\/attributes)?\/\w+$/, ''), 'unknownEnumValue');
  }
  return mends[error.keyword]?.(place, error, round.now);
}

/** Only the values of a periodic event stream have times like these. */
const isStreamTime = ({ keyword, instancePath, params }: SchemaError): boolean =>
  keyword === 'required'
    ? params['missingProperty'] === 'basetime'
    : keyword === 'type' && /^\/data\/\d+\/t$/.test(instancePath);

/** A sample without its measurand would be taken for the energy register, and one without its phase for the total. */
const essential: ReadonlySet<string> = new Set(['measurand', 'phase']);

const objectAt = (root: Payload, pointer: string): Payload | undefined => {
  const object: unknown = pointer === '' ? root : placeOf(root, pointer)?.value;
  return typeof object === 'object' && object !== null ? (object as Payload) : undefined;
};

/** Vendor extras: fields that the schema does not know. The Journal keeps them, nothing else sees them. */
function mendUnknown({ root }: Round, error: SchemaError): DeviationCode | undefined {
  const name = String(error.params['additionalProperty']);
  const object = objectAt(root, error.instancePath);
  if (object === undefined || !Object.hasOwn(object, name)) return undefined;
  const value = object[name];
  delete object[name];
  return rename(object, listOf(error.instancePath), name, value) ? 'renamedField' : 'unknownProperty';
}

function mendMissing(round: Round, error: SchemaError): DeviationCode | undefined {
  const name = String(error.params['missingProperty']);
  const object = objectAt(round.root, error.instancePath);
  // Put there by an earlier mend of the same round.
  if (object === undefined || Object.hasOwn(object, name)) return undefined;
  const list = listOf(error.instancePath);
  if (hasMisnamed(object, list, name)) return undefined;
  if (meaningless.some(([field, of]) => field === name && list === of)) {
    return drop(round, error.instancePath, 'emptyList');
  }
  const make = Object.hasOwn(round.defaults, name) ? round.defaults[name] : undefined;
  const value = make?.(object, round.now);
  if (value === undefined) return undefined;
  object[name] = value;
  return 'missingField';
}

/** an element of this list says nothing without this field; the list goes on without it. */
const meaningless: readonly (readonly [field: string, list: string])[] = [
  ['sampledValue', 'meterValue'],
  ['sampledValue', 'transactionData'],
  ['value', 'sampledValue'],
  // 1.5
  ['value', 'values'],
  ['$value', 'value'],
];

/** `sampledValue` of `/meterValue/0/sampledValue/3` */
const listOf = (pointer: string): string | undefined => pointer.split('/').at(-2);

function drop(round: Round, pointer: string, deviation: DeviationCode): DeviationCode | undefined {
  const place = placeOf(round.root, pointer);
  if (place === undefined || !Array.isArray(place.parent)) return undefined;
  const elements = round.dropped.get(place.parent);
  if (elements === undefined) round.dropped.set(place.parent, new Set([place.value]));
  else elements.add(place.value);
  return deviation;
}

/** Keyword → mend. `undefined`: it cannot be mended here. */
const mends: Readonly<Record<string, (place: Place, error: SchemaError, now: number) => DeviationCode | undefined>> = {
  type: mendType,
  maxLength({ parent, key, value }, { params }) {
    if (uncuttable.has(key)) return undefined;
    const limit = params['limit'] as number;
    const text = value as string;
    // `<tag>_<serial number>`
    const cut = key === 'idTag' ? text.replace(/_.*$/s, '') : text;
    parent[key] = [...(cut === '' ? text : cut)].slice(0, limit).join('');
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
  maxItems({ value }, { params }) {
    (value as unknown[]).splice(params['limit'] as number);
    return 'tooMany';
  },
  minimum: clamp,
  maximum: clamp,
  enum(place, error) {
    const { parent, key } = place;
    const known = meantValue(place, error);
    if (known !== undefined) parent[key] = known;
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

/** Texts whose beginning is worth nothing. */
const uncuttable: ReadonlySet<string> = new Set(['csr', 'certificateChain', 'exiRequest']);

/** A quantity out of range is as large as it may be; a number that names something is not another one. */
function clamp({ parent, key }: Place, { params }: SchemaError): DeviationCode | undefined {
  if (/(?:^i|I)d$/.test(key)) return undefined;
  parent[key] = params['limit'];
  return 'outOfRange';
}

function mendType({ parent, key, value }: Place, { params, instancePath }: SchemaError): DeviationCode | undefined {
  const wanted = params['type'];
  if (value === null || value === 'null' || (value === '' && wanted !== 'string')) {
    if (Array.isArray(parent)) return undefined;
    delete parent[key];
    return 'nullValue';
  }
  if (wanted === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    parent[key] = String(value);
    return 'numberAsText';
  }
  if ((wanted === 'integer' || wanted === 'number') && typeof value === 'string')
    return mendNumber(parent, key, value, wanted);
  if (wanted === 'integer' && typeof value === 'number' && Number.isFinite(value)) {
    parent[key] = Math.round(value);
    return 'precision';
  }
  if (wanted === 'boolean' && words.has(plain(value))) {
    parent[key] = words.get(plain(value));
    return 'booleanAsText';
  }
  // Converters from XML write an element of 1.5 without attributes as its bare text.
  if (wanted === 'object' && typeof value !== 'object' && listOf(instancePath) === 'value') {
    parent[key] = { $value: String(value) };
    return 'renamedField';
  }
  if (wanted === 'array' && typeof value !== 'object') {
    parent[key] = [value];
    return 'singleForList';
  }
  if (wanted === 'array' && !Array.isArray(value)) {
    // Converters from XML write a list without elements as an empty object.
    parent[key] = Object.keys(value as object).length === 0 ? [] : [value];
    return 'singleForList';
  }
  return undefined;
}

const words: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
]);

/** Numbers as text, with a decimal comma too. */
function mendNumber(
  parent: Payload,
  key: string,
  text: string,
  wanted: 'integer' | 'number',
): DeviationCode | undefined {
  const plainText = text.replace(/\s/g, '').replace(/^([^.,]*),([^.,]*)$/, '$1.$2');
  const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(plainText) ? Number(plainText) : Number.NaN;
  if (Number.isFinite(number) && (wanted === 'number' || Number.isInteger(number))) {
    parent[key] = number;
    return 'textAsNumber';
  }
  if (key !== 'value') return undefined;
  // a reading that is none, `NaN` or `---`; its sample goes at the next round.
  delete parent[key];
  return 'nullValue';
}
