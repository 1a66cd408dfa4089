/** Reads variables of a 2.x station, in Calls of the size that it takes. */
import type { Context } from '../context.ts';
import { crossed, forward, type Outcome, type Payload } from '../outcome.ts';
import { reference } from './configuration-asked.ts';
import { identity, type Reference } from './configuration-index.ts';
import { type Variable, variable } from './configuration-keys.ts';
import { mirror, mirroredInteger } from './configuration-mirror.ts';

/** Variables in one Call when the station did not say how many it takes, and how many may be asked for before asking that. */
const DEFAULT_ITEMS = 10;
const FEW = 4;

const itemsPerMessage = (message: string): Variable => variable('DeviceDataCtrlr', 'ItemsPerMessage', message);
const bytesPerMessage = (message: string): Variable => variable('DeviceDataCtrlr', 'BytesPerMessage', message);

/** Values of a station's variables by {@link identity}; of one that it does not have there is none. */
export type Values = ReadonlyMap<string, string>;

/** Reads variables in as many Calls as the station wants, and goes on with those that it has. */
export function readVariables(
  wanted: readonly Reference[],
  context: Context,
  then: (values: Values) => Outcome,
): Outcome {
  const values = new Map<string, string>();
  const unique = [...new Map(wanted.map((one) => [identity(one), one] as const)).values()];
  const takeIn = (response: Payload): void => {
    for (const result of response.getVariableResult as (Payload & Reference)[]) {
      if (result.attributeStatus !== 'Accepted' || (result.attributeType ?? 'Actual') !== 'Actual') continue;
      values.set(identity(result), (result.attributeValue as string | undefined) ?? '');
    }
  };
  const next = (left: readonly Reference[], most: number): Outcome => {
    if (left.length === 0) return then(values);
    const asked = left.slice(0, Math.min(most, fitting(left, 'GetVariables', context)));
    return forward(
      'GetVariables',
      { getVariableData: asked },
      (response) => {
        takeIn(response);
        return next(left.slice(asked.length), most);
      },
      (failure) =>
        // Perhaps it was too much at once.
        failure.uncertain === true || asked.length === 1 || crossed(failure).condition === 'NotSupported'
          ? { kind: 'refuse', failure: crossed(failure) }
          : next(left, Math.ceil(asked.length / 2)),
    );
  };
  const all = (): Outcome => next(unique, Number.POSITIVE_INFINITY);
  if (unique.length <= FEW || limitOf('GetVariables', context) !== undefined) return all();
  const limits = [itemsPerMessage('GetVariables'), bytesPerMessage('GetVariables')].map((one) =>
    reference(one, context),
  );
  return forward(
    'GetVariables',
    { getVariableData: limits },
    (response) => {
      takeIn(response);
      for (const limit of limits) {
        const value = values.get(identity(limit));
        if (value !== undefined) mirror(mirrorName(limit), value, true, context);
      }
      return all();
    },
    (failure) => (failure.uncertain === true ? { kind: 'refuse', failure } : all()),
  );
}

/** Limits are kept under their 2.x names, but for the one that 1.6 has a key for. */
const mirrorName = (limit: Reference): string =>
  identity(limit) === identityOfItems ? 'GetConfigurationMaxKeys' : identity(limit);

const identityOfItems = 'devicedatactrlr.itemspermessage.getvariables';

const messageLimits: ReadonlySet<string> = new Set(
  ['GetVariables', 'SetVariables']
    .flatMap((message) => [itemsPerMessage(message), bytesPerMessage(message)])
    .map(({ component, variable: name, instance }) => `${component}.${name}.${instance}`.toLowerCase()),
);

/** Takes in how much a station takes in one Call, if this variable says it. */
export function takeMessageLimit(variable: Reference, value: string, context: Context): void {
  if (messageLimits.has(identity(variable))) mirror(mirrorName(variable), value, true, context);
}

const limitOf = (message: string, context: Context): number | undefined => {
  const most = mirroredInteger(
    message === 'GetVariables' ? 'GetConfigurationMaxKeys' : `devicedatactrlr.itemspermessage.${message}`,
    context,
  );
  return most !== undefined && most > 0 ? most : undefined;
};

/** Bytes of a Call around its list. */
const ENVELOPE = 120;

/** How many of the items fit one Call: one at least. */
export function fitting(left: readonly unknown[], message: string, context: Context): number {
  const most = limitOf(message, context) ?? DEFAULT_ITEMS;
  const bytes = mirroredInteger(`devicedatactrlr.bytespermessage.${message}`, context) ?? Number.POSITIVE_INFINITY;
  let used = ENVELOPE;
  let count = 0;
  for (const item of left.slice(0, most)) {
    used += JSON.stringify(item).length + 1;
    if (count > 0 && used > bytes) break;
    count++;
  }
  return count;
}
