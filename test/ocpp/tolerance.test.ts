/** What real stations send wrongly, as they send it, and what is made of it. */
import { describe, expect, test } from 'vitest';
import { parseFrame } from '../../src/ocpp/rpc/frame.ts';
import { check, type Defaults } from '../../src/ocpp/tolerance.ts';
import type { Payload } from '../../src/ocpp/translate/outcome.ts';
import { mayBeUnprintable, removeUnprintable } from '../../src/ocpp/unprintable.ts';
import { type VersionName, versionByName } from './versions/all.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const received = '2026-03-01T12:00:00.000Z';

/** What a gateway writes for fields that are missing. */
const defaults: Defaults = {
  timestamp: () => received,
  errorCode: () => 'NoError',
  meterStart: () => 1000,
  transactionId: (payload) => ('meterStop' in payload ? 0 : undefined),
};

interface Taken {
  readonly payload?: Payload;
  readonly deviations?: readonly string[];
  readonly refused?: { condition: string; errors: readonly string[] };
}

/** Takes a station's frame in. A strict gateway has to refuse whatever a tolerant one mends. */
function take(version: VersionName, frame: string): Taken {
  const parsed = parseFrame(frame, versionByName(version), true);
  if (parsed.type !== 'Call') throw new Error(`the frame is ${parsed.type}`);
  const validate = versionByName(version).actions.get(parsed.action)?.request;
  if (validate === undefined) throw new Error(`no action ${parsed.action}`);
  const strict = check(structuredClone(parsed.payload), validate, false, now, defaults);
  const result = check(parsed.payload, validate, true, now, defaults);
  if (result.errors !== undefined) return { refused: { condition: result.condition, errors: result.errors } };
  expect(validate(result.payload)).toBe(true);
  expect(strict.errors !== undefined, 'refused in strict mode').toBe(result.deviations.length > 0);
  // Mended once, nothing is left to mend.
  const copy = structuredClone(result.payload);
  expect(check(copy, validate, true, now, defaults)).toEqual({ payload: result.payload, deviations: [] });
  return { payload: result.payload, deviations: result.deviations };
}

const status16 = (fields: string): string =>
  `[2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available",${fields}}]`;
const sample16 = (sample: string): string =>
  `[2,"1","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-03-01T11:59:00Z","sampledValue":[${sample}]}]}]`;
const event = (version: string, fields: string): string =>
  `[2,"${version}","TransactionEvent",{"eventType":"Updated","timestamp":"2026-03-01T11:59:00Z","triggerReason":"MeterValuePeriodic","seqNo":1,"transactionInfo":{"transactionId":"t1"},${fields}}]`;

test('a valid payload is not touched', () => {
  const { payload, deviations } = take('1.6', status16('"timestamp":"2026-03-01T14:00:00+02:00","info":"null"'));
  expect(deviations).toEqual([]);
  expect(payload).toMatchObject({ timestamp: '2026-03-01T14:00:00+02:00', info: 'null' });
});

describe('numbers as text and text as numbers', () => {
  test('a number for the text of a 1.6 sample', () => {
    const taken = take(
      '1.6',
      sample16('{"value":12.5,"unit":"kWh","measurand":"Energy.Active.Import.Register"},{"value":0}'),
    );
    expect(taken.deviations).toEqual(['numberAsText']);
    expect(taken.payload?.['meterValue'][0].sampledValue).toEqual([
      { value: '12.5', unit: 'kWh', measurand: 'Energy.Active.Import.Register' },
      { value: '0' },
    ]);
  });

  test.each([
    ['"1234"', 1234],
    ['" 12.50 "', 12.5],
    ['"12,5"', 12.5],
    ['"-3"', -3],
    ['"+3"', 3],
    ['"1 234.5"', 1234.5],
    ['"1.5e3"', 1500],
  ])('%s for the number of a 2.x sample', (text, value) => {
    const taken = take(
      '2.0.1',
      event('1', `"meterValue":[{"timestamp":"2026-03-01T11:59:00Z","sampledValue":[{"value":${text}}]}]`),
    );
    expect(taken).toMatchObject({
      deviations: ['textAsNumber'],
      payload: { meterValue: [{ sampledValue: [{ value }] }] },
    });
  });

  test('ids and registers as text', () => {
    const taken = take(
      '1.6',
      '[2,"1","StopTransaction",{"transactionId":"42","meterStop":"1500","timestamp":"2026-03-01T11:59:00Z"}]',
    );
    expect(taken).toMatchObject({ deviations: ['textAsNumber'], payload: { transactionId: 42, meterStop: 1500 } });
  });

  test('a register with decimals is rounded', () => {
    const taken = take(
      '1.6',
      '[2,"1","StopTransaction",{"transactionId":42,"meterStop":1500.6,"timestamp":"2026-03-01T11:59:00Z"}]',
    );
    expect(taken).toMatchObject({ deviations: ['precision'], payload: { meterStop: 1501 } });
  });

  test.each([
    ['"true"', true],
    ['"False"', false],
    ['1', true],
    ['0', false],
    ['"no"', false],
  ])('%s for a yes or no', (text, value) => {
    expect(take('2.1', event('1', `"offline":${text}`))).toMatchObject({
      deviations: ['booleanAsText'],
      payload: { offline: value },
    });
  });

  test('true for a text', () => {
    expect(take('1.6', '[2,"1","DataTransfer",{"vendorId":"x","data":true}]')).toMatchObject({
      deviations: ['numberAsText'],
      payload: { data: 'true' },
    });
  });

  test.each(['"twelve"', '{}', '[1]', '"0x10"', '"1.5"'])('%s is no connectorId', (text) => {
    expect(take('1.6', `[2,"1","MeterValues",{"connectorId":${text},"meterValue":[]}]`).refused).toMatchObject({
      condition: 'TypeConstraintViolation',
    });
  });
});

describe('samples that say nothing', () => {
  const values = (sampledValue: string): string =>
    event(
      '1',
      `"meterValue":[{"timestamp":"2026-03-01T11:58:00Z","sampledValue":${sampledValue}},{"timestamp":"2026-03-01T11:59:00Z","sampledValue":[{"value":1}]}]`,
    );

  test.each([
    '[]',
    'null',
    '{}',
    '[{"measurand":"SoC"}]',
    '[{"value":null}]',
    '[{"value":""},{"value":"NaN"}]',
    '[{"value":"---"}]',
  ])('%s is left out', (sampledValue) => {
    const taken = take('2.1', values(sampledValue));
    expect(taken.payload?.['meterValue']).toEqual([
      { timestamp: '2026-03-01T11:59:00Z', sampledValue: [{ value: 1 }] },
    ]);
    expect(taken.deviations).toContain('emptyList');
  });

  test('each one that says nothing goes, and no other', () => {
    const list = '[{"value":1},{"value":""},{"value":2},{"value":null},{"value":""},{"value":3}]';
    const taken = take(
      '2.0.1',
      event('1', `"meterValue":[{"timestamp":"2026-03-01T11:59:00Z","sampledValue":${list}}]`),
    );
    expect(taken.payload?.['meterValue'][0].sampledValue).toEqual([{ value: 1 }, { value: 2 }, { value: 3 }]);
  });

  test('an event whose samples all say nothing is an event without samples', () => {
    const taken = take(
      '2.0.1',
      event('1', '"meterValue":[{"timestamp":"2026-03-01T11:59:00Z","sampledValue":[{"value":""}]}]'),
    );
    expect(taken.payload).not.toHaveProperty('meterValue');
  });

  test('an empty list of samples is valid in 1.6', () => {
    expect(take('1.6', sample16('')).deviations).toEqual([]);
  });

  test('a meter value of 1.6 without samples is left out', () => {
    const frame =
      '[2,"1","StopTransaction",{"transactionId":1,"meterStop":1,"timestamp":"2026-03-01T11:59:00Z","transactionData":[{"timestamp":"2026-03-01T11:59:00Z"},{"timestamp":"2026-03-01T11:59:00Z"},{"timestamp":"2026-03-01T11:59:00Z","sampledValue":[{"value":"1"}]}]}]';
    expect(take('1.6', frame).payload?.['transactionData']).toEqual([
      { timestamp: '2026-03-01T11:59:00Z', sampledValue: [{ value: '1' }] },
    ]);
  });
});

describe('words that no enum has', () => {
  const sample = (text: string): unknown => take('1.6', sample16(text)).payload?.['meterValue'][0].sampledValue;

  test.each(['Hz', 'Hertz', 'deg', ''])('the unit %j is left to the measurand', (unit) => {
    expect(sample(`{"value":"50","measurand":"Frequency","unit":"${unit}"}`)).toEqual([
      { value: '50', measurand: 'Frequency' },
    ]);
  });

  test.each([
    ['kwh', 'kWh'],
    ['WH', 'Wh'],
    [' W ', 'W'],
    ['Amp', 'A'],
    ['Volt', 'V'],
    ['percent', 'Percent'],
  ])('the unit %j is %s', (given, unit) => {
    expect(sample(`{"value":"1","unit":"${given}"}`)).toEqual([{ value: '1', unit }]);
  });

  test('Celcius in the Version that knows only Celsius', () => {
    const frame =
      '[2,"1","MeterValues",{"connectorId":1,"values":[{"timestamp":"2026-03-01T11:59:00Z","value":[{"$value":"21","attributes":{"unit":"Celcius","measurand":"Temperature"}}]}]}]';
    expect(take('1.5', frame)).toMatchObject({
      deviations: ['unknownEnumValue'],
      payload: { values: [{ value: [{ attributes: { unit: 'Celsius' } }] }] },
    });
  });

  test('spelled differently', () => {
    expect(
      sample(
        '{"value":"1","phase":"L1N","context":"sample periodic","measurand":"energy.active.import.register","location":"OUTLET"}',
      ),
    ).toEqual([
      {
        value: '1',
        phase: 'L1-N',
        context: 'Sample.Periodic',
        measurand: 'Energy.Active.Import.Register',
        location: 'Outlet',
      },
    ]);
  });

  test('a sample of something unknown is left out: it would be taken for the energy register, or for the total', () => {
    expect(
      sample(
        '{"value":"7","measurand":"Vendor.Thing"},{"value":"1"},{"value":"8","phase":"A"},{"value":"2","phase":""}',
      ),
    ).toEqual([{ value: '1' }, { value: '2' }]);
  });

  test.each([
    ['"errorCode":"Error","status":"Faulted"', 'OtherError'],
    ['"errorCode":"Error","status":"Charging"', 'NoError'],
    ['"errorCode":"0x0000","status":"Available"', 'NoError'],
    ['"errorCode":"Mode3Error","status":"Faulted"', 'EVCommunicationError'],
    ['"errorCode":"noerror","status":"Available"', 'NoError'],
    ['"errorCode":null,"status":"Available"', 'NoError'],
  ])('%s', (fields, errorCode) => {
    expect(take('1.6', `[2,"1","StatusNotification",{"connectorId":1,${fields}}]`).payload).toMatchObject({
      errorCode,
    });
  });

  test.each([
    ['1.6', 'StatusNotification', '"connectorId":1,"errorCode":"NoError","status":"Occupied"', { status: 'Preparing' }],
    [
      '2.0.1',
      'StatusNotification',
      '"timestamp":"2026-03-01T11:59:00Z","evseId":1,"connectorId":1,"connectorStatus":"Finishing"',
      { connectorStatus: 'Occupied' },
    ],
    [
      '1.5',
      'StatusNotification',
      '"connectorId":1,"errorCode":"NoError","status":"SuspendedEV"',
      { status: 'Occupied' },
    ],
    [
      '1.6',
      'StopTransaction',
      '"transactionId":1,"meterStop":1,"timestamp":"2026-03-01T11:59:00Z","reason":"Aliens"',
      { reason: 'Other' },
    ],
    [
      '2.0.1',
      'BootNotification',
      '"reason":"Aliens","chargingStation":{"model":"m","vendorName":"v"}',
      { reason: 'Unknown' },
    ],
    ['2.0.1', 'Authorize', '"idToken":{"idToken":"AB12","type":"RFID"}', { idToken: { type: 'Central' } }],
  ] as const)('in %s %s', (version, action, fields, expected) => {
    const taken = take(version, `[2,"1","${action}",{${fields}}]`);
    expect(taken).toMatchObject({ deviations: ['unknownEnumValue'], payload: expected });
  });

  test('in a TransactionEvent of 2.x', () => {
    const frame = event('1', '"offline":false')
      .replace('MeterValuePeriodic', 'Whatever')
      .replace('"t1"', '"t1","chargingState":"Thinking","stoppedReason":"Bored"');
    expect(take('2.1', frame)).toMatchObject({
      payload: { triggerReason: 'ChargingStateChanged', transactionInfo: { stoppedReason: 'Other' } },
    });
    expect(take('2.1', frame).payload?.['transactionInfo']).not.toHaveProperty('chargingState');
  });

  test('in reports and events', () => {
    const variable = '"component":{"name":"EVSE"},"variable":{"name":"Power"}';
    const report = `[2,"1","NotifyReport",{"requestId":1,"generatedAt":"2026-03-01T11:59:00Z","seqNo":0,"reportData":[{${variable},"variableAttribute":[{"mutability":"RW","value":"1"}],"variableCharacteristics":{"dataType":"float","supportsMonitoring":"false"}}]}]`;
    expect(take('2.0.1', report).payload?.['reportData'][0]).toMatchObject({
      variableAttribute: [{ value: '1' }],
      variableCharacteristics: { dataType: 'string', supportsMonitoring: false },
    });
  });

  test('an unknown word for what a station is to be answered about is refused', () => {
    expect(
      take('1.6', '[2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Broken"}]').refused,
    ).toMatchObject({
      condition: 'PropertyConstraintViolation',
    });
  });

  test.each(['constructor', '__proto__', 'toString'])('%s is a word like any other', (word) => {
    expect(take('1.6', status16(`"info":"x"`).replace('"NoError"', `"${word}"`)).payload).toMatchObject({
      errorCode: 'NoError',
    });
  });
});

describe('date-times', () => {
  const timestamp = (text: string): unknown =>
    take('1.6', status16(`"timestamp":${JSON.stringify(text)}`)).payload?.['timestamp'];

  test.each([
    ['2024-04-26T14:35:02+02', '2024-04-26T12:35:02.000Z', 'a zone of hours'],
    ['2025-04-25T15:39:32+0300', '2025-04-25T12:39:32.000Z', 'a zone without colon'],
    ['2023-10-19T15:28:07', '2023-10-19T15:28:07.000Z', 'no zone'],
    ['2023-10-19 15:28:07', '2023-10-19T15:28:07.000Z', 'a blank for the T'],
    ['2023-10-19T15:28:07.5', '2023-10-19T15:28:07.500Z', 'a fraction without zone'],
    ['2023-10-19T15:28:07,25Z', '2023-10-19T15:28:07.250Z', 'a decimal comma'],
    ['2023-10-19T15:28', '2023-10-19T15:28:00.000Z', 'no seconds'],
    ['2023-10-19t15:28:07z', '2023-10-19T15:28:07.000Z', 'lower case'],
    ['2023-6-9T5:28:07Z', '2023-06-09T05:28:07.000Z', 'single digits'],
    ['20231019T152807Z', '2023-10-19T15:28:07.000Z', 'the basic format'],
    ['2023-10-19T15:28:60Z', '2023-10-19T15:29:00.000Z', 'a leap second'],
    ['2023-02-29T00:00:00Z', '2023-03-01T00:00:00.000Z', 'a leap day that is none'],
    ['10/19/2023, 3:28:07 PM', '2023-10-19T15:28:07.000Z', 'the 12-hour clock'],
    ['10/19/2023 12:05:00 AM', '2023-10-19T00:05:00.000Z', 'after midnight'],
    ['2023/10/19 15:28:07', '2023-10-19T15:28:07.000Z', 'slashes'],
    ['19.10.2023 15:28:07', '2023-10-19T15:28:07.000Z', 'day first'],
    ['Thu, 19 Oct 2023 15:28:07 GMT', '2023-10-19T15:28:07.000Z', 'RFC 1123'],
    ['Thu Oct 19 2023 17:28:07 GMT+0200 (CEST)', '2023-10-19T15:28:07.000Z', "JavaScript's"],
    ['1697729287', '2023-10-19T15:28:07.000Z', 'seconds since 1970'],
    ['1697729287123', '2023-10-19T15:28:07.123Z', 'milliseconds since 1970'],
  ])('%s → %s (%s)', (given, expected) => {
    expect(timestamp(given)).toBe(expected);
  });

  test.each([
    '',
    'now',
    '0',
    '2023-13-01T00:00:00Z',
    '2023-01-01T25:00:00Z',
    '9999-12-31T23:59:59-02',
    '12:00',
    'x'.repeat(5000),
    `2023-01-01T00:00:00.${'1'.repeat(5000)}`,
  ])('%.30j is the time of receipt', (given) => {
    expect(timestamp(given)).toBe(received);
  });

  test('a number is read as seconds since 1970', () => {
    expect(take('1.6', status16('"timestamp":1697729287'))).toMatchObject({
      deviations: ['numberAsText', 'dateTime'],
      payload: { timestamp: '2023-10-19T15:28:07.000Z' },
    });
  });
});

describe('times of a periodic event stream', () => {
  const stream = (fields: string): Taken =>
    take('2.1', `[2,"1","NotifyPeriodicEventStream",{"id":1,"pending":0,${fields}}]`);

  test('as the example in the specification prints them: instants, and nothing to count from', () => {
    const data = '[{"t":"2026-03-01T11:59:00Z","v":"1"},{"t":"2026-03-01T11:59:02.5Z","v":"2"}]';
    expect(stream(`"data":${data}`)).toEqual({
      payload: {
        id: 1,
        pending: 0,
        basetime: '2026-03-01T11:59:00.000Z',
        data: [
          { t: 0, v: '1' },
          { t: 2.5, v: '2' },
        ],
      },
      deviations: ['dateTime'],
    });
    expect(stream(`"data":${data},"basetime":"2026-03-01T12:59:30+01:00"`).payload?.['data']).toEqual([
      { t: -30, v: '1' },
      { t: -27.5, v: '2' },
    ]);
  });

  test('seconds without anything to count from end now', () => {
    const { payload } = stream('"data":[{"t":0,"v":"1"},{"t":"10","v":"2"}]');
    expect(payload).toMatchObject({ basetime: received, data: [{ t: 0 }, { t: 10 }] });
    expect(stream('"data":[{"t":0,"v":"1"},{"t":10,"v":"2"}]').payload?.['basetime']).toBe('2026-03-01T11:59:50.000Z');
    expect(stream('"data":[{"t":1e300,"v":"1"}]').payload?.['basetime']).toBe(received);
    expect(stream('"data":"x"').refused?.condition).toBe('TypeConstraintViolation');
  });
});

describe('texts that are too long', () => {
  test('are cut', () => {
    const boot = `[2,"1","BootNotification",{"chargePointVendor":"Schneider Electric Industries","chargePointModel":"MONOBLOCK","firmwareVersion":"${'3'.repeat(60)}"}]`;
    expect(take('1.6', boot)).toMatchObject({
      deviations: ['overlong'],
      payload: { chargePointVendor: 'Schneider Electric I', firmwareVersion: '3'.repeat(50) },
    });
    expect(take('1.6', status16(`"info":"${'é'.repeat(60)}"`)).payload).toMatchObject({ info: 'é'.repeat(50) });
  });

  test('are cut between characters', () => {
    expect(take('1.6', status16(`"info":"${'🔌'.repeat(51)}"`)).payload).toMatchObject({ info: '🔌'.repeat(50) });
  });

  test('a tag loses the serial number that some append first', () => {
    expect(take('1.6', '[2,"1","Authorize",{"idTag":"04AABBCCDD_1812345678901"}]').payload).toEqual({
      idTag: '04AABBCCDD',
    });
    expect(take('1.6', '[2,"1","Authorize",{"idTag":"_23456789012345678901234"}]').payload).toEqual({
      idTag: '_2345678901234567890',
    });
    expect(take('1.6', '[2,"1","Authorize",{"idTag":"04AABBCC_12"}]').payload).toEqual({ idTag: '04AABBCC_12' });
  });
});

describe('fields that are missing', () => {
  test.each([['null'], ['"null"'], ['""']])('transactionId %s in StopTransaction', (id) => {
    expect(
      take('1.6', `[2,"1","StopTransaction",{"transactionId":${id},"meterStop":1,"timestamp":"2026-03-01T11:59:00Z"}]`),
    ).toMatchObject({
      deviations: ['nullValue', 'missingField'],
      payload: { transactionId: 0 },
    });
  });

  test('meterStart in StartTransaction', () => {
    expect(
      take('1.6', '[2,"1","StartTransaction",{"connectorId":1,"idTag":"AB12","timestamp":"2026-03-01T11:59:00Z"}]'),
    ).toMatchObject({
      deviations: ['missingField'],
      payload: { meterStart: 1000 },
    });
  });

  test('what cannot be guessed is refused, and the complaint names it first', () => {
    const { refused } = take(
      '1.6',
      '[2,"1","StartTransaction",{"connectorId":1,"extra":1,"timestamp":"2026-03-01T11:59:00Z","meterStart":0}]',
    );
    expect(refused).toEqual({ condition: 'OccurrenceConstraintViolation', errors: ['/: lacks idTag'] });
  });

  test('strange ids are valid', () => {
    for (const id of ['-1', '0', '9223372036854775807']) {
      const frame = `[2,"1","StopTransaction",{"transactionId":${id},"meterStop":1,"timestamp":"2026-03-01T11:59:00Z"}]`;
      expect(take('1.6', frame).deviations).toEqual([]);
    }
  });
});

test('optional fields that are null, and lists that are empty, are absent', () => {
  const taken = take(
    '2.0.1',
    event('1', '"evse":null,"idToken":"null","meterValue":[]').replace('"t1"', '"t1","chargingState":null'),
  );
  expect(taken.deviations).toEqual(expect.arrayContaining(['nullValue', 'emptyList']));
  expect(Object.keys(taken.payload ?? {})).toEqual([
    'eventType',
    'timestamp',
    'triggerReason',
    'seqNo',
    'transactionInfo',
  ]);
});

test('fields that nobody knows are taken off, at any depth', () => {
  const taken = take(
    '1.6',
    sample16('{"value":"1","vendor":{"a":1},"__proto__":{"polluted":1}}').replace(
      '{"connectorId"',
      '{"extra":[],"constructor":1,"connectorId"',
    ),
  );
  expect(taken).toEqual({
    deviations: ['unknownProperty'],
    payload: { connectorId: 1, meterValue: [{ timestamp: '2026-03-01T11:59:00Z', sampledValue: [{ value: '1' }] }] },
  });
  expect(({} as Payload)['polluted']).toBeUndefined();
});

test('a single element stands for a list of one', () => {
  const frame =
    '[2,"1","MeterValues",{"connectorId":1,"meterValue":{"timestamp":"2026-03-01T11:59:00Z","sampledValue":{"value":"1"}}}]';
  expect(take('1.6', frame)).toMatchObject({
    deviations: ['singleForList'],
    payload: { meterValue: [{ sampledValue: [{ value: '1' }] }] },
  });
});

test('quantities out of range are as large as they may be, ids are not', () => {
  const monitor = (severity: number, id: number): string =>
    `[2,"1","NotifyMonitoringReport",{"requestId":1,"seqNo":0,"generatedAt":"2026-03-01T11:59:00Z","monitor":[{"component":{"name":"EVSE"},"variable":{"name":"Power"},"variableMonitoring":[{"id":${id},"transaction":false,"value":1,"type":"Delta","severity":${severity},"eventNotificationType":"CustomMonitor"}]}]}]`;
  expect(take('2.1', monitor(-5, 1))).toMatchObject({
    deviations: ['outOfRange'],
    payload: { monitor: [{ variableMonitoring: [{ severity: 0 }] }] },
  });
  expect(take('2.1', monitor(1, -1)).refused).toMatchObject({ condition: 'PropertyConstraintViolation' });
});

test('lists that are too long are cut', () => {
  const certificate =
    '{"hashAlgorithm":"SHA256","issuerNameHash":"a","issuerKeyHash":"b","serialNumber":"c","responderURL":"d"}';
  const frame = `[2,"1","Authorize",{"idToken":{"idToken":"AB12","type":"eMAID"},"iso15118CertificateHashData":[${Array(6).fill(certificate)}]}]`;
  const taken = take('2.0.1', frame);
  expect(taken.deviations).toEqual(['tooMany']);
  expect(taken.payload?.['iso15118CertificateHashData']).toHaveLength(4);
});

test('a limit finer than a tenth is cut to the tenth below', () => {
  const validate = versionByName('1.6').actions.get('GetCompositeSchedule')?.response;
  const answer = {
    status: 'Accepted',
    chargingSchedule: {
      chargingRateUnit: 'A',
      chargingSchedulePeriod: [
        { startPeriod: 0, limit: 10.57 },
        { startPeriod: 60, limit: 8.1 },
      ],
    },
  };
  const result = check(answer, validate as NonNullable<typeof validate>, true, now);
  expect(result).toMatchObject({
    deviations: ['precision'],
    payload: { chargingSchedule: { chargingSchedulePeriod: [{ limit: 10.5 }, { limit: 8.1 }] } },
  });
});

describe("the first edition of 1.6's security white paper", () => {
  test('certificates are a list of hexadecimal DER', () => {
    const der = ['3082010a0282010100c2', '30820103'];
    const taken = take('1.6', `[2,"1","CertificateSigned",{"cert":${JSON.stringify(der)}}]`);
    const pem = (base64: string): string => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
    expect(taken).toEqual({
      deviations: ['renamedField'],
      payload: { certificateChain: `${pem('MIIBCgKCAQEAwg==')}${pem('MIIBAw==')}` },
    });
    const long = take('1.6', `[2,"1","CertificateSigned",{"cert":["${'00'.repeat(49)}"]}]`);
    expect(long.payload?.['certificateChain']).toBe(pem(`${'A'.repeat(64)}\nAA==`));
    for (const cert of ['[]', '["xy"]', '["303"]', '[3]', '""']) {
      expect(take('1.6', `[2,"1","CertificateSigned",{"cert":${cert}}]`).refused?.condition).toBe(
        'OccurrenceConstraintViolation',
      );
    }
  });

  test('a type of certificate has another name', () => {
    const frame = '[2,"1","GetInstalledCertificateIds",{"typeOfCertificate":"CentralSystemRootCertificate"}]';
    expect(take('1.6', frame)).toEqual({
      deviations: ['renamedField'],
      payload: { certificateType: 'CentralSystemRootCertificate' },
    });
  });

  test.each([
    ['CertificateVerified', 'DownloadScheduled'],
    ['InvalidCertificate', 'InvalidSignature'],
    ['RevokedCertificate', 'InvalidSignature'],
  ])('the firmware status %s is %s', (word, meant) => {
    expect(take('1.6', `[2,"1","SignedFirmwareStatusNotification",{"status":"${word}","requestId":7}]`)).toEqual({
      deviations: ['unknownEnumValue'],
      payload: { status: meant, requestId: 7 },
    });
  });

  test('a certificate was deleted with Success', () => {
    const { response } = versionByName('1.6').actions.get('DeleteCertificate') ?? {};
    if (response === undefined) throw new Error('there is no such answer');
    expect(check({ status: 'Success' }, response, true, now)).toEqual({
      deviations: ['unknownEnumValue'],
      payload: { status: 'Accepted' },
    });
  });

  test('a request for a certificate that is too long is refused: its beginning is of no use', () => {
    const frame = `[2,"1","SignCertificate",{"csr":"${'x'.repeat(5501)}"}]`;
    expect(take('1.6', frame).refused?.condition).toBe('PropertyConstraintViolation');
  });
});

describe('what no database can hold', () => {
  test('NUL and halves of surrogate pairs are taken out of every text', () => {
    const text = '{"a":"x\\u0000y","b":[{"c":"\\ud800"}],"d":"\\ud83d\\udd0c","__proto__":1,"e":null,"f":1}';
    const payload = JSON.parse(text) as Payload;
    expect(mayBeUnprintable(text)).toBe(true);
    expect(removeUnprintable(payload)).toBe(true);
    expect(JSON.stringify(payload)).toBe('{"a":"xy","b":[{"c":"\ufffd"}],"d":"🔌","e":null,"f":1}');
  });

  test('whole surrogate pairs are not', () => {
    const payload = { a: '🔌', b: ['x'] };
    expect(removeUnprintable(payload)).toBe(false);
    expect(payload).toEqual({ a: '🔌', b: ['x'] });
    expect(mayBeUnprintable(JSON.stringify(payload))).toBe(false);
  });
});

describe('conditions', () => {
  test.each([
    ['{"connectorId":1}', 'OccurrenceConstraintViolation', '/: lacks meterValue'],
    ['{"connectorId":"1","meterValue":[]}', 'TypeConstraintViolation', '/connectorId: is not of type integer'],
    ['{"connectorId":1,"meterValue":[],"extra":1}', 'FormatViolation', '/: has the unknown property extra'],
    [
      '{"connectorId":1,"meterValue":[{"timestamp":"x","sampledValue":[]}]}',
      'PropertyConstraintViolation',
      '/meterValue/0/timestamp: is not a date-time',
    ],
    [
      '{"connectorId":1,"meterValue":[{"timestamp":"2026-03-01T11:59:00Z","sampledValue":[{"value":"1","unit":"X"}]}]}',
      'PropertyConstraintViolation',
      /^\/meterValue\/0\/sampledValue\/0\/unit: is not one of Wh, kWh/,
    ],
  ])('strict: %s', (payload, condition, complaint) => {
    const validate = versionByName('1.6').actions.get('MeterValues')?.request;
    const result = check(JSON.parse(payload), validate as NonNullable<typeof validate>, false, now);
    expect(result).toMatchObject({ condition, errors: [expect.stringMatching(complaint)] });
  });
});
