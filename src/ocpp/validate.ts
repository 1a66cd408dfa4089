/** One complaint of a validator, as ajv words it. */
export interface SchemaError {
  /** JSON pointer to the value that is wrong, or to the object that lacks a property. */
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A compiled schema: true when the payload is valid; else `errors` holds every complaint until the next call. */
export interface Validate {
  (payload: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

/** A complaint in words, with the place it is about: `/meterValue/0/timestamp: is not a date-time`. */
export function describeError(error: SchemaError): string {
  const { params } = error;
  const place = error.instancePath === '' ? '/' : error.instancePath;
  switch (error.keyword) {
    case 'required':
      return `${place}: lacks ${params['missingProperty']}`;
    case 'additionalProperties':
      return `${place}: has the unknown property ${params['additionalProperty']}`;
    case 'type':
      return `${place}: is not of type ${params['type']}`;
    case 'enum':
      return `${place}: is not one of ${(params['allowedValues'] as readonly unknown[] | undefined)?.join(', ')}`;
    case 'format':
      return `${place}: is not a ${params['format']}`;
    case 'maxLength':
      return `${place}: is longer than ${params['limit']} characters`;
    case 'minItems':
      return `${place}: has fewer than ${params['limit']} items`;
    case 'maxItems':
      return `${place}: has more than ${params['limit']} items`;
    case 'minimum':
      return `${place}: is below ${params['limit']}`;
    case 'maximum':
      return `${place}: is above ${params['limit']}`;
    case 'multipleOf':
      return `${place}: is not a multiple of ${params['multipleOf']}`;
    default:
      return `${place}: violates ${error.keyword}`;
  }
}
