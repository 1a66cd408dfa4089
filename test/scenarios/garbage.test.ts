import { describe, expect, it } from 'vitest';
import { boot, booted, protocols, spelling, stage } from './support.ts';

const on = stage();

describe.each(protocols)('garbage over %s', (protocol) => {
  const { format, occurrence, framework } = spelling(protocol);
  const is16 = protocol === 'ocpp1.6';

  /** Sends frames, then a DataTransfer, whose answer must come; gives what came before it. */
  async function answersTo(id: string, ...frames: (string | Buffer)[]): Promise<unknown[][]> {
    const station = await booted(on.url, id, protocol);
    const before = station.frames.length;
    for (const frame of frames) station.send(frame);
    const alive = await station.call('DataTransfer', { vendorId: 'v' }, 'alive');
    expect(alive[2]).toEqual({ status: 'UnknownVendorId' });
    const answers = station.frames.slice(before, -1);
    await station.close();
    return answers;
  }

  it.each([
    ['no JSON at all', 'hello'],
    ['half a frame', '[2,"1","Heartbeat",{'],
    ['nothing', ''],
    ['an object', '{"a":1}'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['an empty list', '[]'],
    ['a type alone', '[2]'],
    ['an object as id', '[2,{},"Heartbeat",{}]'],
    ['null as id', '[2,null,"Heartbeat",{}]'],
    ['an empty id', '[2,"","Heartbeat",{}]'],
    ['very deep nesting', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ])('answers %s with a framework error and stays', async (_what, frame) => {
    expect(await answersTo('G1', frame)).toEqual([[4, '-1', framework, expect.any(String), {}]]);
  });

  it('F15: answers an id of 37 characters with a framework error', async () => {
    expect(await answersTo('G1', `[2,"${'x'.repeat(37)}","Heartbeat",{}]`)).toEqual([
      [4, '-1', framework, expect.any(String), {}],
    ]);
    expect(await answersTo('G1', `[2,"${'x'.repeat(36)}","Heartbeat",{}]`)).toEqual([
      [3, 'x'.repeat(36), { currentTime: expect.any(String) }],
    ]);
  });

  it('answers with the id when it could be read', async () => {
    expect(await answersTo('G2', '[2,"7",{},{}]')).toEqual([[4, '7', framework, expect.any(String), {}]]);
    expect(await answersTo('G2', '[2,"7","BootNotification","x"]')).toEqual([[4, '7', format, expect.any(String), {}]]);
    expect(await answersTo('G2', '[2,"7","BootNotification",[1]]')).toEqual([[4, '7', format, expect.any(String), {}]]);
  });

  it('F13: treats message types as its version does', async () => {
    const unknown = protocol === 'ocpp2.0.1' ? [[4, 'x', 'MessageTypeNotSupported', expect.any(String), {}]] : [];
    expect(await answersTo('G3', '[99,"x","Heartbeat",{}]')).toEqual(unknown);
    expect(await answersTo('G3', '["2","x","Heartbeat",{}]')).toEqual(unknown);
    const stream =
      '[6,"x","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-01-01T00:00:00Z","data":[{"t":0,"v":"1"}]}]';
    expect(await answersTo('G3', stream)).toEqual(unknown);
  });

  it('F14: a complaint about our answer is told with the exchange that it is about, and ends nothing', async () => {
    const unknown = protocol === 'ocpp2.0.1' ? [[4, 'x', 'MessageTypeNotSupported', expect.any(String), {}]] : [];
    const id = `G14-${protocol}`;
    const beat = [[3, 'x', { currentTime: expect.any(String) }], ...unknown];
    const complaint = '[5,"x","FormatViolation","currentTime is no time",{}]';
    expect(await answersTo(id, '[2,"x","Heartbeat",{}]', complaint)).toEqual(beat);
    const told = (await on.api.all(`/v1/stations/${id}/messages`)).filter(({ payload }) => payload?.messageId === 'x');
    expect(told.map(({ payload }) => payload)).toEqual(
      protocol === 'ocpp2.1'
        ? [{ messageId: 'x', code: 'FormatViolation', description: 'currentTime is no time' }]
        : [],
    );
  });

  it('never answers a Send, not even one that it cannot take', async () => {
    if (protocol !== 'ocpp2.1') return;
    expect(
      await answersTo(
        'G4',
        '[6,"x","NotifyPeriodicEventStream",{}]',
        '[6,"y","FooBar",{}]',
        '[6,"z","NotifyPeriodicEventStream",null]',
      ),
    ).toEqual([]);
  });

  it('F11: knows what it does not know', async () => {
    expect(await answersTo('G5', '[2,"a","FooBar",{}]')).toEqual([[4, 'a', 'NotImplemented', expect.any(String), {}]]);
    const [call] = (await on.api.all('/v1/stations/G5/messages?action=FooBar')).filter(({ type }) => type === 'Call');
    expect(call).toMatchObject({ payload: {}, headAction: protocol === 'ocpp2.1' ? 'FooBar' : null });
    expect(await answersTo('G5', '[2,"b","__proto__",{}]')).toEqual([
      [4, 'b', 'NotImplemented', expect.any(String), {}],
    ]);
    expect(await answersTo('G5', '[2,"c","Reset",{"type":"Hard"}]')).toEqual([
      [4, 'c', 'NotSupported', expect.any(String), {}],
    ]);
  });

  it.each(['null', ''])('F10: takes a Heartbeat whose payload is %s', async (payload) => {
    const frame = payload === '' ? '[2,"h","Heartbeat"]' : `[2,"h","Heartbeat",${payload}]`;
    expect(await answersTo('G6', frame)).toEqual([[3, 'h', { currentTime: expect.any(String) }]]);
    expect((await on.api.get('/v1/stations/G6')).body.deviations.missingPayload).toBeGreaterThan(0);
  });

  it('answers a numeric id with the same number', async () => {
    expect(await answersTo('G7', '[2,17,"Heartbeat",{}]')).toEqual([[3, 17, { currentTime: expect.any(String) }]]);
    expect(await answersTo('G7', '[2,0,"Heartbeat",{}]')).toEqual([[3, 0, { currentTime: expect.any(String) }]]);
  });

  it('ignores answers that nobody asked for', async () => {
    expect(
      await answersTo('G8', '[3,"nobody",{}]', '[4,"nobody","InternalError","",{}]', '[4,"nobody"]', '[3,"nobody"]'),
    ).toEqual([]);
    expect((await on.api.get('/v1/stations/G8')).body.deviations.unexpectedAnswer).toBeGreaterThan(0);
  });

  it('takes binary frames that hold text', async () => {
    expect(await answersTo('G9', Buffer.from('[2,"b","Heartbeat",{}]'))).toEqual([
      [3, 'b', { currentTime: expect.any(String) }],
    ]);
    expect((await on.api.get('/v1/stations/G9')).body.deviations.binaryFrame).toBeGreaterThan(0);
  });

  it('spells errors of payloads as its version does', async () => {
    const id = 'G10';
    const [missing] = await answersTo(id, '[2,"a","BootNotification",{}]');
    expect(missing?.slice(0, 3)).toEqual([4, 'a', occurrence]);
    const [type] = await answersTo(
      id,
      is16 ? '[2,"a","Authorize",{"idTag":{}}]' : '[2,"a","Authorize",{"idToken":{"idToken":[],"type":"Central"}}]',
    );
    expect(type?.slice(0, 3)).toEqual([4, 'a', 'TypeConstraintViolation']);
    const [value] = await answersTo(
      id,
      is16
        ? '[2,"a","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Broken"}]'
        : '[2,"a","StatusNotification",{"evseId":1,"connectorId":1,"timestamp":"2026-01-01T00:00:00Z","connectorStatus":"Broken"}]',
    );
    expect(value?.slice(0, 3)).toEqual([4, 'a', 'PropertyConstraintViolation']);
    expect(JSON.stringify([missing, type, value]).length).toBeLessThan(1500);
  });

  it('keeps characters that no database can hold from doing harm', async () => {
    const frames = [
      '[2,"nul\\u0000","Heartbeat",{}]',
      '[2,"half\\ud800","Heartbeat",{}]',
      '[2,"a","Foo\\u0000",{}]',
      `[2,"b","${'x'.repeat(99)}\u{1f600}",{}]`,
      `[2,"c\\u0000","BootNotification",${JSON.stringify(boot[protocol])}]`,
      `[2,"d","BootNotification",${JSON.stringify(boot[protocol]).replace('"Model"', '"Mo\\u0000d\\udc00el"')}]`,
      '[2,"e","DataTransfer",{"vendorId":"\\u0000","__proto__":{"x":1}}]',
      `[2,"\\u001e\\u001f","BootNotification",${JSON.stringify(boot[protocol])}]`,
    ];
    const answers = await answersTo('G11', ...frames);
    // The frames whose id and action can be held are answered under their id, the others in some way.
    expect(Object.fromEntries(answers.map(([type, id]) => [id, type]))).toMatchObject({ b: 4, d: 3, e: 3 });
    expect(answers).toHaveLength(frames.length);
    expect((await on.api.get('/v1/stations/G11')).body).toMatchObject({ model: 'Model' });
    const messages = await on.api.all('/v1/stations/G11/messages');
    expect(messages.filter(({ action }) => action === 'BootNotification').length).toBeGreaterThanOrEqual(6);
  });

  it('keeps numbers that no column can hold from doing harm', async () => {
    const huge = [1e12, 2 ** 31, -(2 ** 40), Number.MAX_SAFE_INTEGER];
    const frames = huge.map((n, index) =>
      JSON.stringify([
        2,
        `n${index}`,
        'StatusNotification',
        is16
          ? { connectorId: n, errorCode: 'NoError', status: 'Available' }
          : { evseId: 1, connectorId: n, connectorStatus: 'Available', timestamp: '2026-01-01T00:00:00Z' },
      ]),
    );
    const answers = await answersTo('G12', ...frames, '[2,"z","Heartbeat",{}]');
    expect(answers).toHaveLength(huge.length + 1);
    for (const [type, id, code] of answers)
      if (id !== 'z') expect([type, code]).toEqual([4, 'PropertyConstraintViolation']);
  });

  it('closes for a frame that is too large, and only for that', async () => {
    const station = await booted(on.url, 'G13', protocol);
    const closed = station.closed();
    station.send(`[2,"a","DataTransfer",{"vendorId":"v","data":"${'x'.repeat(1_100_000)}"}]`);
    expect((await closed)[0]).toBe(1009);
  });
});
