import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emulatedVariables } from '../../../../src/ocpp/translate/1.6-2.0.1/configuration-emulated.ts';
import { rowOf } from '../../../../src/ocpp/translate/1.6-2.0.1/configuration-index.ts';
import { configurationKeys } from '../../../../src/ocpp/translate/1.6-2.0.1/configuration-keys.ts';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import type { Failure, Message, Payload } from '../../../../src/ocpp/translate/outcome.ts';
import { runs } from '../../../support/arbitrary.ts';
import { type Bridge, bridge, failure, type Run } from '../../../support/translation.ts';
import { randomBridge } from '../../../support/translation-properties.ts';

const actions = {
  newer: ['GetVariables', 'SetVariables', 'SetNetworkProfile'],
  older: ['GetConfiguration', 'ChangeConfiguration'],
};

describe('any configuration message', () => {
  const down = randomBridge('1.6', '2.0.1', [between16and201]);
  it.each(actions.newer)('%s at a 1.6 station', (action) => down.holds('csms', action));
  const up = randomBridge('2.0.1', '1.6', [between16and201]);
  it.each(actions.older)('%s at a 2.0.1 station', (action) => up.holds('csms', action));
});

const keyNames = configurationKeys.map(({ key, suffix }) =>
  suffix === undefined ? key : `${key}${suffix === 'connector' ? '2' : 'en'}`,
);
const key = fc.oneof(
  fc.constantFrom(...keyNames, 'BlinkRepeat', 'Vendor.Key', 'Vendor@1.2.Key.x', '.', '@', ''),
  fc.constantFrom(...keyNames).map((name) => name.toUpperCase()),
);
const value = fc.oneof(
  fc.constantFrom('', 'true', 'TRUE', '12', 'Current, Power', '0.RST,1.TSR', '{"priceText":1}', 'Voltage.L1, SoC,RPM'),
  fc.constantFrom('x'.repeat(500), 'Energy.Active.Import.Register,'.repeat(16)),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const variable: fc.Arbitrary<Payload> = fc
  .tuple(
    fc.constantFrom(
      ...emulatedVariables,
      ...configurationKeys.flatMap((row) => [
        ...(row.variable === undefined ? [] : [row.variable]),
        ...(row.alias ?? []),
        ...(row.also ?? []),
      ]),
    ),
    fc.constantFrom(undefined, 'Actual', 'Target'),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([{ component, variable, instance, place }, attributeType, id]) => ({
    component: {
      name: component,
      ...(place === undefined ? {} : { evse: place === 'evse' ? { id } : { id, connectorId: 1 } }),
    },
    variable: { name: variable, ...(instance === undefined ? {} : { instance }) },
    ...(attributeType === undefined ? {} : { attributeType }),
  }));

/** A station that knows everything or nothing, says `text` of it, and fails now and then. */
const peer = (text: string, fate: readonly number[]): ((call: Message) => Payload | { readonly failure: Failure }) => {
  let count = 0;
  return ({ action, payload }: Message) => {
    const luck = fate[count++ % fate.length] as number;
    if (luck === 0) return failure('InternalError');
    if (luck === 1) return failure('GenericError', true);
    switch (action) {
      case 'GetConfiguration':
        return luck === 2
          ? { unknownKey: payload.key }
          : { configurationKey: (payload.key as string[]).map((key) => ({ key, readonly: false, value: text })) };
      case 'GetVariables':
        return {
          getVariableResult: (payload.getVariableData as Payload[]).map((item) => ({
            ...item,
            attributeStatus: luck === 2 ? 'UnknownVariable' : 'Accepted',
            ...(luck === 2 ? {} : { attributeValue: text.repeat(5) }),
          })),
        };
      case 'SetVariables':
        return {
          setVariableResult: (payload.setVariableData as Payload[]).map(({ component, variable }, index) => ({
            component,
            variable,
            attributeStatus: (index + luck) % 3 === 0 ? 'Rejected' : 'Accepted',
          })),
        };
      default:
        return { status: ['Accepted', 'Rejected', 'RebootRequired', 'NotSupported'][luck % 4] };
    }
  };
};
const fate = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 });

/** Puts a Call of the CSMS to a station that answers everything like this. */
function put(b: Bridge, action: string, payload: Payload, text: string, fate: readonly number[]): Run {
  b.otherwise = peer(text, fate);
  return b.fromCsms(action, payload);
}

describe('keys and variables of the tables', () => {
  it('every key has its row, and no two rows the same key', () => {
    for (const name of keyNames) expect(rowOf(name)?.row).toBeDefined();
    expect(new Set(keyNames.map((name) => name.toLowerCase())).size).toBe(keyNames.length);
  });

  it('GetVariables has as many results as it asks for, in its order', () => {
    fc.assert(
      fc.property(fc.array(variable, { minLength: 1, maxLength: 20 }), value, fate, (data, text, luck) => {
        const b = bridge('1.6', '2.0.1', [between16and201]);
        const run = put(b, 'GetVariables', { getVariableData: data }, text, luck);
        if (run.answer === undefined) expect(run.refusal?.uncertain).toBe(true);
        else {
          const named = (items: Payload[]) => items.map(({ component, variable }) => ({ component, variable }));
          expect(named(run.answer.getVariableResult as Payload[])).toEqual(named(data));
        }
      }),
      { numRuns: runs },
    );
  });

  it('SetVariables has as many results as it sets, in its order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(variable, value), { minLength: 1, maxLength: 20 }),
        value,
        fate,
        (items, text, luck) => {
          const b = bridge('1.6', '2.0.1', [between16and201]);
          const setVariableData = items.map(([item, attributeValue]) => ({ ...item, attributeValue }));
          const run = put(b, 'SetVariables', { setVariableData }, text, luck);
          if (run.answer === undefined) expect(run.refusal?.uncertain).toBe(true);
          else {
            const named = (list: Payload[]) => list.map(({ component, variable }) => ({ component, variable }));
            expect(named(run.answer.setVariableResult as Payload[])).toEqual(named(setVariableData));
          }
        },
      ),
      { numRuns: runs },
    );
  });

  it('a report tells every variable once, in messages below 16 kB, and GetVariables and SetVariables agree with it', () => {
    const entry = fc
      .tuple(key, value, fc.boolean(), fc.boolean())
      .map(([name, text, readonly, isTold]) => ({ key: name, readonly, ...(isTold ? { value: text } : {}) }));
    fc.assert(
      fc.property(fc.uniqueArray(entry, { maxLength: 80, selector: ({ key }) => key.toLowerCase() }), (entries) => {
        const b = bridge('1.6', '2.0.1', [between16and201]);
        b.otherwise = ({ action, payload }) => {
          if (action === 'NotifyReport') return {};
          if (action === 'ChangeConfiguration') return { status: 'Accepted' };
          const asked = (payload.key as string[] | undefined)?.map((name) => name.toLowerCase());
          return { configurationKey: entries.filter((one) => asked?.includes(one.key.toLowerCase()) ?? true) };
        };
        b.fromCsms('GetBaseReport', { requestId: 1, reportBase: 'FullInventory' });
        const parts = b.emitted().flatMap(({ calls }) => calls.filter(({ action }) => action === 'NotifyReport'));
        for (const { payload } of parts) expect(Buffer.byteLength(JSON.stringify(payload))).toBeLessThan(16_000);
        const told = parts.flatMap(({ payload }) => payload.reportData as Payload[]);
        const item = ({ component, variable }: Payload): Payload => ({ component, variable });
        expect(new Set(told.map((one) => JSON.stringify(item(one)).toLowerCase())).size).toBe(told.length);
        const read = b.fromCsms('GetVariables', { getVariableData: told.map(item) }).answer?.getVariableResult;
        const set = b.fromCsms('SetVariables', {
          setVariableData: told.map((one) => ({ ...item(one), attributeValue: 'true' })),
        }).answer?.setVariableResult;
        for (const [index, one] of told.entries()) {
          const { value: actual, mutability } = one.variableAttribute[0];
          const { attributeStatus, attributeValue } = read[index];
          expect([attributeStatus, attributeValue]).toEqual([actual === undefined ? 'Rejected' : 'Accepted', actual]);
          if (mutability === 'ReadWrite') expect(set[index].attributeStatusInfo?.reasonCode).not.toBe('ReadOnly');
        }
      }),
      { numRuns: Math.min(runs, 200) },
    );
  });

  it('GetConfiguration tells of every key in one of its lists', () => {
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 30 }), value, fate, (keys, text, luck) => {
        const b = bridge('2.0.1', '1.6', [between16and201]);
        const run = put(b, 'GetConfiguration', { key: keys }, text, luck);
        if (run.answer === undefined) return;
        const { configurationKey = [], unknownKey = [] } = run.answer as {
          configurationKey?: { key: string }[];
          unknownKey?: string[];
        };
        const told = [...configurationKey.map((entry) => entry.key), ...unknownKey];
        expect(told.toSorted()).toEqual([...new Set(keys)].toSorted());
      }),
      { numRuns: runs },
    );
  });

  it('ChangeConfiguration is answered for every key', () => {
    fc.assert(
      fc.property(key, value, value, fate, (name, text, before, luck) => {
        const b = bridge('2.0.1', '1.6', [between16and201]);
        const run = put(b, 'ChangeConfiguration', { key: name, value: text }, before, luck);
        expect(run.answer ?? run.refusal).toBeDefined();
      }),
      { numRuns: runs },
    );
  });
});
