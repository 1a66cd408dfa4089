/** Frames as they are on the wire, for every rule of framing and every Version. */
import { describe, expect, test } from 'vitest';
import {
  callError,
  callFrame,
  callResult,
  callResultError,
  type Frame,
  parseFrame,
} from '../../../src/ocpp/rpc/frame.ts';
import { type Version, v15, v16, v21, v201, versions } from '../versions/all.ts';

const parse = (text: string, version: Version = v16): Frame => parseFrame(text, version, true);
const strictly = (text: string, version: Version = v16): Frame => parseFrame(text, version, false);
/** The CallError (or nothing) that a frame is answered with. */
const answer = (frame: Frame): unknown =>
  frame.type === 'Malformed' ? frame.answer && JSON.parse(frame.answer) : `not malformed but ${frame.type}`;
const deviations = (frame: Frame): unknown => ('deviations' in frame ? frame.deviations : frame.type);

const id36 = '19223201-6c5e-4f4b-9f3c-0a1b2c3d4e5f';

describe.each(versions)('in $name', (version) => {
  test('a Call', () => {
    expect(parse('[2,"19223201","BootNotification",{"chargePointVendor":"VendorX"}]', version)).toEqual({
      type: 'Call',
      id: '19223201',
      action: 'BootNotification',
      payload: { chargePointVendor: 'VendorX' },
      text: '{"chargePointVendor":"VendorX"}',
      deviations: [],
    });
  });

  test('a CallResult', () => {
    expect(parse('[3,"19223201",{"status":"Accepted"}]', version)).toEqual({
      type: 'CallResult',
      id: '19223201',
      payload: { status: 'Accepted' },
      text: '{"status":"Accepted"}',
      deviations: [],
    });
  });

  test('a CallError', () => {
    expect(parse('[4,"162376037","NotSupported","SetDisplayMessageRequest not implemented",{"a":1}]', version)).toEqual(
      {
        type: 'CallError',
        id: '162376037',
        code: 'NotSupported',
        condition: 'NotSupported',
        description: 'SetDisplayMessageRequest not implemented',
        details: { a: 1 },
      },
    );
  });

  test.each([
    ['FormationViolation', 'FormatViolation'],
    ['FormatViolation', 'FormatViolation'],
    ['OccurenceConstraintViolation', 'OccurrenceConstraintViolation'],
    ['OccurrenceConstraintViolation', 'OccurrenceConstraintViolation'],
    ['PropertyConstraintViolation', 'PropertyConstraintViolation'],
    ['SecurityError', 'SecurityError'],
    ['MessageTypeNotSupported', 'MessageTypeNotSupported'],
    ['RpcFrameworkError', 'RpcFrameworkError'],
    ['GenericError', 'GenericError'],
    ['SomethingOfOurOwn', 'GenericError'],
    ['', 'GenericError'],
    ['constructor', 'GenericError'],
  ])('the code %j of a CallError is understood', (code, condition) => {
    expect(parse(`[4,"1",${JSON.stringify(code)},"",{}]`, version)).toMatchObject({ code, condition });
  });

  test('details of a CallError may be a text, and all of it may be missing', () => {
    expect(parse('[4,"1","GenericError","no","because"]', version)).toMatchObject({ details: { details: 'because' } });
    expect(parse('[4,"1","GenericError","no",null]', version)).toMatchObject({ details: {} });
    expect(parse('[4,"1","GenericError"]', version)).toMatchObject({ description: '', details: {} });
    expect(parse('[4,"1",17,{},[1]]', version)).toMatchObject({
      code: 'GenericError',
      description: '',
      details: { details: [1] },
    });
  });

  test.each(['not json', '', '{"a":1}', '"[2]"', 'null', '12', '[', '[2,"1","Heartbeat",{}'])(
    '%j is unreadable',
    (text) => {
      expect(answer(parse(text, version))).toEqual([
        4,
        '-1',
        version.errorCodes.RpcFrameworkError,
        expect.any(String),
        {},
      ]);
    },
  );

  test('a message id has 1 to 36 characters', () => {
    expect(parse(`[2,"${id36}","Heartbeat",{}]`, version)).toMatchObject({ type: 'Call', id: id36 });
    const code = version.errorCodes.RpcFrameworkError;
    expect(answer(parse(`[2,"${id36}x","Heartbeat",{}]`, version))).toEqual([
      4,
      '-1',
      code,
      'the message id is longer than 36 characters',
      {},
    ]);
    for (const id of [
      '""',
      'null',
      '{}',
      '[]',
      'true',
      '1.5',
      '1e400',
      '12345678901234567890',
      '"\\u0000"',
      '"\\ud800"',
    ]) {
      expect(answer(parse(`[2,${id},"Heartbeat",{}]`, version)), id).toEqual([4, '-1', code, expect.any(String), {}]);
    }
    expect(answer(parse('[2]', version))).toEqual([4, '-1', code, 'the message id is not a string', {}]);
    expect(answer(parse('[]', version))).toEqual([4, '-1', code, 'the message id is not a string', {}]);
  });

  test('a numeric id is answered as it came, unless the station is strict', () => {
    const frame = parse('[2,17,"Heartbeat",{}]', version);
    expect(frame).toMatchObject({ type: 'Call', id: 17, text: '{}', deviations: ['numericMessageId'] });
    expect(callResult(17, '{"currentTime":"2026-03-01T12:00:00Z"}')).toBe(
      '[3,17,{"currentTime":"2026-03-01T12:00:00Z"}]',
    );
    expect(answer(strictly('[2,17,"Heartbeat",{}]', version))).toMatchObject({ 1: '-1' });
  });

  test('nothing but a Call is answered with a CallError, however wrong it is', () => {
    for (const text of [
      `[3,"${id36}x",{}]`,
      '[3,null,{}]',
      '[3]',
      `[4,"${id36}x","InternalError","",{}]`,
      '[4,null,"RpcFrameworkError","",{}]',
      '[4,-1.5,"",""]',
      '[5,null,"x","",{}]',
      '[6,null,"NotifyPeriodicEventStream",{}]',
    ]) {
      expect(answer(parse(text, version)), text).toBeUndefined();
    }
  });

  test('a missing payload is an empty one, unless the station is strict', () => {
    for (const text of ['[2,"a","Heartbeat",null]', '[2,"a","Heartbeat"]']) {
      expect(parse(text, version)).toMatchObject({
        type: 'Call',
        payload: {},
        text: '{}',
        deviations: ['missingPayload'],
      });
      expect(answer(strictly(text, version))).toEqual([
        4,
        'a',
        version.errorCodes.FormatViolation,
        'the payload is not a JSON object',
        {},
      ]);
    }
    expect(parse('[3,"a",null]', version)).toMatchObject({ type: 'CallResult', payload: {}, text: '{}' });
    expect(parse('[3,"a"]', version)).toMatchObject({ type: 'CallResult', payload: {}, text: '{}' });
    expect(parseFrame('[3,"a",null]', version, false)).toMatchObject({ type: 'Malformed', answers: 'a' });
  });

  test.each(['[]', '"x"', '0', 'true', '[{}]'])('%s is no payload', (payload) => {
    expect(answer(parse(`[2,"a","Heartbeat",${payload}]`, version))).toEqual([
      4,
      'a',
      version.errorCodes.FormatViolation,
      'the payload is not a JSON object',
      {},
    ]);
    const unusable = parse(`[3,"a",${payload}]`, version);
    expect(unusable).toMatchObject({ type: 'Malformed', answers: 'a' });
    const result = answer(unusable);
    if (version === v21)
      expect(result).toEqual([5, 'a', 'FormatViolation', 'the CallResult has no object as payload', {}]);
    else expect(result).toBeUndefined();
  });

  test.each(['17', 'null', '{}', '"a\\u0000"', '"\\udc00"'])('%s is no action', (action) => {
    expect(answer(parse(`[2,"a",${action},{}]`, version))).toEqual([
      4,
      'a',
      version.errorCodes.RpcFrameworkError,
      'the action is not a text',
      {},
    ]);
  });

  test('stray control characters and commas are mended, unless the station is strict', () => {
    for (const text of [
      '[2,"a","DataTransfer",{"vendorId":"x,]","data":",,"}]\u0000',
      '\ufeff[2,"a","DataTransfer",{"vendorId":"x,]","data":",,"}]',
      ',[2,"a","DataTransfer",{"vendorId":"x,]","data":",,"}]',
      '[2,"a","DataTransfer",{"vendorId":"x,]","data":",,",}],',
      '[,2,"a","DataTransfer",{,"vendorId":"x,]",,"data":",,"},]\u0001\u0002',
    ]) {
      expect(parse(text, version), text).toEqual({
        type: 'Call',
        id: 'a',
        action: 'DataTransfer',
        payload: { vendorId: 'x,]', data: ',,' },
        text: '{"vendorId":"x,]","data":",,"}',
        deviations: ['invalidJson'],
      });
      expect(answer(strictly(text, version)), text).toMatchObject({ 1: '-1' });
    }
    expect(parse('[2,"a","DataTransfer",{"vendorId":"x\u0000\ny"}]', version)).toMatchObject({
      payload: { vendorId: 'x  y' },
    });
  });

  test('what is nested too deeply is refused, what is long is not', () => {
    const deep = (open: string, close: string, count: number): string =>
      `[2,"a","DataTransfer",{"vendorId":"x","data":${open.repeat(count)}1${close.repeat(count)}}]`;
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      expect(answer(parse(deep(open, close, 60_000), version))).toEqual([
        4,
        '-1',
        version.errorCodes.RpcFrameworkError,
        'the frame is nested too deeply',
        {},
      ]);
      expect(parse(deep(open, close, 150), version)).toMatchObject({ type: 'Call' });
    }
    expect(parse('['.repeat(60_000), version).type).toBe('Malformed');
    const brackets = JSON.stringify('[{"\\'.repeat(10_000));
    expect(parse(`[2,"a","DataTransfer",{"vendorId":"x","data":${brackets}}]`, version)).toMatchObject({
      type: 'Call',
    });
  });

  test('a type that is no number does not throw', () => {
    for (const type of ['"2"', 'null', '{"toString":1,"valueOf":1}', '[]', 'true']) {
      expect(parse(`[${type},"a","Heartbeat",{}]`, version).type, type).toBe('Malformed');
    }
  });
});

describe('message types that not every Version has', () => {
  const send = '[6,"x","NotifyPeriodicEventStream",{"id":1}]';

  test('a Send is consumed by 2.1, refused by 2.0.1 and ignored by 1.x', () => {
    expect(parse(send, v21)).toMatchObject({ type: 'Send', action: 'NotifyPeriodicEventStream', text: '{"id":1}' });
    expect(answer(parse(send, v201))).toEqual([
      4,
      'x',
      'MessageTypeNotSupported',
      'message type 6 is not supported',
      {},
    ]);
    expect(answer(parse(send, v16))).toBeUndefined();
    expect(answer(parse(send, v15))).toBeUndefined();
  });

  test('a Send is never answered, not even when it is wrong', () => {
    expect(answer(parse('[6,"x",17,{}]', v21))).toBeUndefined();
    expect(answer(parse('[6,"x","NotifyPeriodicEventStream",[]]', v21))).toBeUndefined();
    expect(answer(strictly('[6,"x","NotifyPeriodicEventStream"]', v21))).toBeUndefined();
  });

  test('NotifyPeriodicEventStream as a Call is taken, and counted', () => {
    expect(deviations(parse('[2,"x","NotifyPeriodicEventStream",{"id":1}]', v21))).toEqual(['sendAsCall']);
  });

  test('a CallResultError is understood by 2.1', () => {
    const frame = '[5,"id","FormatViolation","the tariff cannot be used",{}]';
    expect(parse(frame, v21)).toEqual({
      type: 'CallResultError',
      id: 'id',
      code: 'FormatViolation',
      condition: 'FormatViolation',
      description: 'the tariff cannot be used',
      details: {},
    });
    expect(answer(parse(frame, v201))).toEqual([
      4,
      'id',
      'MessageTypeNotSupported',
      'message type 5 is not supported',
      {},
    ]);
    expect(answer(parse(frame, v16))).toBeUndefined();
  });

  test.each(['0', '1', '7', '-2', '22', '2.5'])('type %s is unknown to all', (type) => {
    const text = `[${type},"x","Heartbeat",{}]`;
    expect(answer(parse(text, v201))).toEqual([
      4,
      'x',
      'MessageTypeNotSupported',
      `message type ${type} is not supported`,
      {},
    ]);
    for (const version of [v15, v16, v21]) expect(answer(parse(text, version))).toBeUndefined();
  });
});

describe('the text of the payload', () => {
  const textOf = (frame: Frame): string => ('text' in frame ? frame.text : frame.type);

  test.each([
    ['{ "b" : 1 ,\t"a":  [ 1.0, 1e2 ] }', 'blanks and the spelling of numbers'],
    ['{"z":1,"a":2,"10":3,"9":4}', 'the order of keys'],
    ['{"a":"\\u00e9\\/\\n\\ud83d\\udd0c"}', 'escapes'],
    ['{"a":9223372036854775807,"b":-0,"c":1e999}', 'numbers that JavaScript cannot hold'],
    ['{"a":1,"a":2}', 'keys that stand twice'],
    ['{"__proto__":{"polluted":true},"constructor":1}', 'keys with a meaning'],
    ['{"a":"]","b":"[2,\\"x\\"]"}', 'brackets in texts'],
    ['{}', 'nothing'],
  ])('%s keeps %s', (payload) => {
    for (const [open, close] of [
      ['[2,"1","DataTransfer",', ']'],
      ['[2, "1", "DataTransfer", ', ' ]'],
      [' [ 2 ,"1"\n,\t"DataTransfer" , ', ']\r\n'],
      ['[2,"a\\"b\\u0041","Data\\u0054ransfer",', ']'],
      ['[2,42,"DataTransfer",', ']'],
      ['[2,-42, "DataTransfer",', ']'],
      ['[3,"1",', ']'],
      ['[3, "1", ', ' ]\n'],
    ] as const) {
      const frame = parse(open + payload + close);
      expect(textOf(frame), open).toBe(payload);
      expect('payload' in frame && frame.payload, open).toEqual(JSON.parse(payload));
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('is the payload written anew when there is more in the frame than there should be', () => {
    expect(textOf(parse('[2,"1","Heartbeat",{"a": 1},{"b":2}]'))).toBe('{"a":1}');
    expect(textOf(parse('[3,"1",{"a": 1},{"b":2}]'))).toBe('{"a":1}');
  });

  test('NUL and half surrogates of an answer are taken out of the payload, not out of its text', () => {
    const text = '[3,"1",{"configurationKey":[{"key":"a\\u0000\\u0000","readonly":true,"value":"\\ud800x"}]}]';
    expect(parse(text)).toMatchObject({
      payload: { configurationKey: [{ key: 'a', readonly: true, value: '\ufffdx' }] },
      text: text.slice(7, -1),
      deviations: ['unprintable'],
    });
    expect(parse('[4,"1","Generic\\u0000Error","a\\u0000b\\udc00",{"c":"\\u0000"}]')).toMatchObject({
      code: 'GenericError',
      condition: 'GenericError',
      description: 'ab\ufffd',
      details: { c: '' },
    });
  });
});

describe('what is sent', () => {
  test('frames', () => {
    expect(callFrame('1', 'Reset', '{"type":"Soft"}')).toBe('[2,"1","Reset",{"type":"Soft"}]');
    expect(callResult('1', '{}')).toBe('[3,"1",{}]');
    expect(callError('1', 'GenericError', 'no')).toBe('[4,"1","GenericError","no",{}]');
    expect(callResultError('1', 'FormatViolation', 'no')).toBe('[5,"1","FormatViolation","no",{}]');
  });

  test('ids and descriptions are escaped, and descriptions have at most 255 characters', () => {
    expect(JSON.parse(callError('a"\\', 'GenericError', `"${'x'.repeat(300)}`))).toEqual([
      4,
      'a"\\',
      'GenericError',
      `"${'x'.repeat(254)}`,
      {},
    ]);
    expect(JSON.parse(callResult('a"\n', '{}'))).toEqual([3, 'a"\n', {}]);
  });

  test('broken JSON is never echoed raw', () => {
    const frame = parse('[2,"1","a",{"x":"\u0007"oops]');
    expect(frame.type === 'Malformed' && JSON.parse(frame.answer ?? '')).toMatchObject({ 0: 4, 1: '-1' });
  });
});
