import { describe, expect, it } from 'vitest';
import { RawStation, until } from '../support/gateway.ts';
import { booted, Events, type Protocol, protocols, stage } from './support.ts';

const on = stage({ EVSEBRIDGE_CALL_TIMEOUT: '1' });

/** The payload by which a station accepts a DataTransfer, and what the API makes of it. */
const data = { vendorId: 'x', data: 'y' };

describe.each(protocols)('a command to a station of %s', (protocol) => {
  const station = (name: string) => booted(on.url, `${name}-${protocol}`, protocol);
  const send = (name: string, headers?: Record<string, string>) =>
    on.api.command(`${name}-${protocol}`, 'DataTransfer', data, headers);

  it('is answered with what the station said, in both vocabularies', async () => {
    const c = await station('C1');
    c.onCall = ([, id]) => [3, id, { status: 'Accepted', data: 'z' }];
    const { status, body } = await send('C1');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      state: 'completed',
      response: { status: 'Accepted', data: 'z' },
      native: [{ action: 'DataTransfer', request: data, response: { status: 'Accepted', data: 'z' } }],
    });
    expect((await on.api.get(`/v1/commands/${body.id}`)).body).toEqual(body);
    await c.close();
  });

  it('is uncertain when no answer comes in time; one that comes late changes nothing', async () => {
    const c = await station('C2');
    let asked = '';
    c.onCall = ([, id]) => {
      asked = id;
      return undefined;
    };
    const { status, body } = await send('C2');
    expect([status, body.state]).toEqual([504, 'uncertain']);
    c.send([3, asked, { status: 'Accepted' }]);
    expect((await c.call('Heartbeat', {}))[0]).toBe(3);
    expect((await on.api.get(`/v1/commands/${body.command.id}`)).body.state).toBe('uncertain');
    // The connection is as good as before.
    c.onCall = ([, id]) => [3, id, { status: 'Accepted' }];
    expect((await send('C2')).status).toBe(200);
    expect((await on.api.get(`/v1/stations/C2-${protocol}`)).body.deviations.unexpectedAnswer).toBe(1);
    await c.close();
  });

  it('waits as long as it was asked to', async () => {
    const c = await station('C3');
    c.onCall = ([, id]) => {
      setTimeout(() => c.send([3, id, { status: 'Accepted' }]), 1500);
      return undefined;
    };
    expect((await send('C3', { prefer: 'wait=10' })).status).toBe(200);
    await c.close();
  });

  it('is refused while the station is offline or unknown', async () => {
    expect((await send('C4')).status).toBe(404);
    const c = await station('C4');
    await c.close();
    await until(async () => !(await on.api.get(`/v1/stations/C4-${protocol}`)).body.connected, 'the disconnection');
    expect((await send('C4')).status).toBe(409);
    expect((await on.api.command(`C4-${protocol}`, 'BootNotification', {})).status).toBe(404);
    expect((await on.api.command(`C4-${protocol}`, 'Reset', { type: 'Now' })).status).toBe(422);
  });

  it('is uncertain when the connection is lost meanwhile', async () => {
    const c = await station('C5');
    c.onCall = () => {
      c.socket.terminate();
      return undefined;
    };
    const { status, body } = await send('C5');
    expect([status, body.state]).toEqual([504, 'uncertain']);
    await c.close();
  });

  it('that was not sent when the connection was lost has failed', async () => {
    const c = await station('C6');
    const asked = c.next((frame) => frame[0] === 2);
    c.onCall = () => undefined;
    const first = send('C6');
    await asked;
    const second = send('C6');
    await until(async () => (await on.api.all(`/v1/stations/C6-${protocol}/commands`)).length === 2, 'two commands');
    c.socket.terminate();
    expect((await first).body.state).toBe('uncertain');
    const { status, body } = await second;
    expect([status, body.state, body.command.native]).toEqual([502, 'failed', []]);
    await c.close();
  });

  it('is failed or refused by a CallError, whatever its spelling', async () => {
    const c = await station('C7');
    c.onCall = ([, id]) => [4, id, 'NotSupported', 'no\u0000\ud800', 'text where an object is meant'];
    const refused = await send('C7');
    expect([refused.status, refused.body.state]).toEqual([200, 'refused']);
    c.onCall = ([, id]) => [4, id, 'OccurenceConstraintViolation'];
    const failed = await send('C7');
    expect([failed.status, failed.body.state]).toEqual([502, 'failed']);
    c.onCall = ([, id]) => [3, id, { status: 'Perhaps' }];
    const invalid = await send('C7');
    expect([invalid.status, invalid.body.state]).toEqual([502, 'failed']);
    if (protocol === 'ocpp2.1') expect(c.frames.at(-1)?.slice(0, 1)).toEqual([5]);
    expect((await c.call('Heartbeat', {}))[0]).toBe(3);
    await c.close();
  });

  it('F9: crosses with Calls of the station', async () => {
    const c = await station('C8');
    let asked = '';
    c.onCall = ([, id]) => {
      asked = id;
      return undefined;
    };
    const called = c.next((frame) => frame[0] === 2);
    const pending = send('C8', { prefer: 'wait=10' });
    await called;
    expect((await c.call('Heartbeat', {}))[0]).toBe(3);
    expect((await c.call('DataTransfer', { vendorId: 'v' }))[2]).toEqual({ status: 'UnknownVendorId' });
    // The ids of the two directions are apart.
    expect((await c.call('Heartbeat', {}, asked))[0]).toBe(3);
    c.send([3, asked, { status: 'Accepted' }]);
    expect((await pending).status).toBe(200);
    await c.close();
  });

  it('waits for the ones before it: one in flight at a time, in order', async () => {
    const c = await station('C9');
    let inFlight = 0;
    let most = 0;
    const order: string[] = [];
    c.onCall = ([, id, , payload]) => {
      most = Math.max(most, ++inFlight);
      order.push(payload.data);
      setImmediate(() => {
        inFlight--;
        c.send([3, id, { status: 'Accepted' }]);
      });
      return undefined;
    };
    const sent: string[] = [];
    for (let n = 0; n < 30; n++) {
      const answer = await on.api.command(
        `C9-${protocol}`,
        'DataTransfer',
        { vendorId: 'x', data: String(n) },
        { prefer: 'respond-async' },
      );
      expect(answer.status).toBe(202);
      sent.push(answer.body.id);
    }
    const states = await until(async () => {
      const bodies = await Promise.all(sent.map(async (id) => (await on.api.get(`/v1/commands/${id}`)).body.state));
      return bodies.every((state) => state === 'completed') && bodies;
    }, 'all commands');
    expect(states).toHaveLength(30);
    expect(most).toBe(1);
    expect(order).toEqual(Array.from({ length: 30 }, (_, n) => String(n)));
    await c.close();
  });

  it('is taken once for one idempotency key', async () => {
    const c = await station('C10');
    let calls = 0;
    c.onCall = ([, id]) => {
      calls++;
      return [3, id, { status: 'Accepted' }];
    };
    const key = { 'idempotency-key': 'once' };
    const at = await Promise.all(Array.from({ length: 8 }, () => send('C10', key)));
    expect(at.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(at.map(({ body }) => body.id)).size).toBe(1);
    expect(calls).toBe(1);
    expect((await send('C10', key)).body).toEqual(at[0]?.body);
    expect((await on.api.command(`C10-${protocol}`, 'DataTransfer', { vendorId: 'other' }, key)).status).toBe(422);
    // The same words in another order are the same command.
    expect((await on.api.command(`C10-${protocol}`, 'DataTransfer', { data: 'y', vendorId: 'x' }, key)).status).toBe(
      200,
    );
    expect(calls).toBe(1);
    await c.close();
  });

  it('is told as an event when it has ended', async () => {
    const c = await station('C11');
    const { body } = await send('C11');
    const events = new Events(on.api, `after=0&stationId=C11-${protocol}`);
    const told = await events.until(
      (all) => all.find(({ type }) => type === 'evsebridge.command.completed'),
      'the event',
    );
    expect(told.data).toMatchObject({ commandId: body.id, action: 'DataTransfer', state: 'completed' });
    events.close();
    await c.close();
  });
});

it('of a station that was deleted ends, and what the station still says is not stored', async () => {
  const protocol: Protocol = 'ocpp1.6';
  const c = await booted(on.url, 'GONE', protocol);
  c.onCall = () => undefined;
  const asked = c.next((frame) => frame[0] === 2);
  const pending = on.api.command('GONE', 'DataTransfer', data);
  await asked;
  const closed = c.closed();
  expect((await on.api.call('DELETE', '/v1/stations/GONE')).status).toBe(204);
  expect((await pending).body.state).toBe('uncertain');
  expect((await closed)[0]).toBe(1001);
  expect((await on.api.get('/v1/stations/GONE')).status).toBe(404);
  const again = await RawStation.connect(on.url, 'GONE', protocol);
  expect((await on.api.get('/v1/stations/GONE')).body).toMatchObject({ vendorName: null, registrationStatus: null });
  await again.close();
});
