import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPreferences } from '../../src/api/commands.ts';
import { CommandRefused, StoreUnavailable } from '../../src/gateway/ports.ts';
import { HEAD } from '../../src/ocpp/index.ts';
import { stationRow } from '../support/fake-store.ts';
import { startApi } from './harness.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeEach(async () => {
  api = await startApi();
  api.store.rows.stations.set('CP1', stationRow('CP1'));
  api.gateway.connected.add('CP1');
});
afterEach(() => api.close());

const send = (action: string, body?: unknown, headers: Record<string, string> = {}, station = 'CP1') =>
  api.call('POST', `/v1/stations/${station}/commands/${action}`, { body, headers });

const reset = { type: 'OnIdle' };

describe('a command', () => {
  it('is answered with what the station answered, in HEAD and as it said it', async () => {
    api.gateway.outcome = () => ({
      state: 'completed',
      response: { status: 'Accepted' },
      native: [{ action: 'Reset', request: { type: 'Soft' }, response: { status: 'Accepted' } }],
    });
    const { status, body, headers } = await send('Reset', reset);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.any(String),
      stationId: 'CP1',
      action: 'Reset',
      request: reset,
      state: 'completed',
      response: { status: 'Accepted' },
      error: null,
      native: [{ action: 'Reset', request: { type: 'Soft' }, response: { status: 'Accepted' } }],
      idempotencyKey: null,
      createdAt: '2026-03-01T12:00:00.000Z',
      updatedAt: '2026-03-01T12:00:00.000Z',
    });
    expect(headers.get('content-location')).toBe(`/v1/commands/${body.id}`);
    expect((await api.call('GET', `/v1/commands/${body.id}`)).body).toEqual(body);
    expect((await api.call('GET', '/v1/stations/CP1/commands')).body).toEqual({ items: [body], nextCursor: null });
  });

  it('is 200 also when the station says no', async () => {
    api.gateway.outcome = () => ({ state: 'refused', response: { status: 'Rejected' } });
    expect(await send('Reset', reset)).toMatchObject({
      status: 200,
      body: { state: 'refused', response: { status: 'Rejected' } },
    });
  });

  it('needs no body when its request has no required field', async () => {
    expect((await send('ClearCache')).status).toBe(200);
    expect((await send('ClearCache', {})).status).toBe(200);
    expect(api.gateway.submitted.map(({ request }) => request)).toEqual([{}, {}]);
  });

  it('is checked against the official schema, and every fault is named', async () => {
    const { status, body } = await send('SetVariables', {
      setVariableData: [{ attributeValue: 5, component: { name: 'X' }, variable: { name: 'Y' }, extra: 1 }, {}],
    });
    expect([status, body.type]).toEqual([422, '/problems/invalid-body']);
    expect(body.errors).toContainEqual({
      pointer: '#/setVariableData/0/attributeValue',
      detail: 'is not of type string',
    });
    expect(body.errors).toContainEqual({ pointer: '#/setVariableData/0', detail: 'has the unknown property extra' });
    expect(body.errors).toContainEqual({ pointer: '#/setVariableData/1', detail: 'lacks component' });
    expect((await send('Reset')).body.errors).toEqual([{ pointer: '#', detail: 'lacks type' }]);
    expect((await send('Reset', [1])).status).toBe(422);
    expect(api.gateway.submitted).toEqual([]);
  });

  it('is possible for exactly the Actions that a CSMS may initiate', async () => {
    for (const { name, initiator, kind } of HEAD.actions.values()) {
      const { status, body } = await send(name, { nonsense: true });
      const possible = initiator !== 'station' && kind === 'call';
      expect([name, status, body.type]).toEqual([
        name,
        ...(possible ? [422, '/problems/invalid-body'] : [404, '/problems/unknown-action']),
      ]);
    }
  });

  it('is 404 for what is no Action, in whatever case', async () => {
    expect((await send('reset', reset)).body.type).toBe('/problems/unknown-action');
    expect((await send('RemoteStartTransaction', {})).body.type).toBe('/problems/unknown-action');
    expect((await send('constructor', {})).body.type).toBe('/problems/unknown-action');
  });

  it('is 409 to a station that is offline, 404 to one that is unknown', async () => {
    api.gateway.connected.clear();
    expect(await send('Reset', reset)).toMatchObject({ status: 409, body: { type: '/problems/station-offline' } });
    expect(await send('Reset', reset, {}, 'NO')).toMatchObject({
      status: 404,
      body: { type: '/problems/unknown-station' },
    });
  });

  it('is 504 without an answer in time, and 502 when it was not carried out', async () => {
    api.gateway.outcome = () => ({ state: 'uncertain' });
    expect(await send('Reset', reset)).toMatchObject({
      status: 504,
      body: {
        type: '/problems/command-uncertain',
        state: 'uncertain',
        command: { state: 'uncertain', action: 'Reset' },
      },
    });
    api.gateway.outcome = () => ({ state: 'failed', error: { code: 'NotSupported', description: 'not here' } });
    expect(await send('Reset', reset)).toMatchObject({
      status: 502,
      body: {
        type: '/problems/command-failed',
        detail: 'NotSupported: not here',
        command: { error: { code: 'NotSupported' } },
      },
    });
  });

  it.each([
    [new CommandRefused('overloaded', 'too many wait'), 503, 'overloaded', '1'],
    [new CommandRefused('unavailable', 'no database'), 503, 'unavailable', '5'],
    [new StoreUnavailable('no database'), 503, 'unavailable', '5'],
    [new CommandRefused('unknownAction', 'not that'), 404, 'unknown-action', null],
    [new CommandRefused('invalid', 'no profile', ['stackLevel is too high']), 422, 'invalid-body', null],
  ])('is refused with %s as %i %s', async (error, status, code, retryAfter) => {
    api.gateway.submit = () => Promise.reject(error);
    const answer = await send('Reset', reset);
    expect([answer.status, answer.body.type, answer.headers.get('retry-after')]).toEqual([
      status,
      `/problems/${code}`,
      retryAfter,
    ]);
    if (code === 'invalid-body') expect(answer.body.errors).toEqual([{ detail: 'stackLevel is too high' }]);
  });
});

it('a command under way is answered before the API closes', async () => {
  const { promise, resolve } = Promise.withResolvers<{ state: 'completed' }>();
  const asked = Promise.withResolvers<void>();
  api.gateway.outcome = () => {
    asked.resolve();
    return promise;
  };
  const answer = send('Reset', reset);
  await asked.promise;
  const closed = api.close();
  resolve({ state: 'completed' });
  expect((await answer).body.state).toBe('completed');
  await closed;
});

describe('Prefer (RFC 7240)', () => {
  it('respond-async answers at once, with a Command to poll', async () => {
    const { promise, resolve } = Promise.withResolvers<{ state: 'completed' }>();
    api.gateway.outcome = () => promise;
    const { status, headers, body } = await send('Reset', reset, { prefer: 'respond-async' });
    expect([status, body.state, headers.get('preference-applied')]).toEqual([202, 'sent', 'respond-async']);
    expect(headers.get('location')).toBe(`/v1/commands/${body.id}`);
    resolve({ state: 'completed' });
    await promise;
    expect((await api.call('GET', headers.get('location')!)).body.state).toBe('completed');
  });

  it('respond-async with wait answers as soon as the station has', async () => {
    const { status, headers } = await send('Reset', reset, { prefer: 'respond-async, wait=30' });
    expect([status, headers.get('preference-applied')]).toEqual([200, 'respond-async, wait=30']);
  });

  it('wait alone says when the answer is too late', async () => {
    const { headers } = await send('Reset', reset, { prefer: 'wait=7' });
    expect(headers.get('preference-applied')).toBe('wait=7');
    await send('Reset', reset);
    expect(api.gateway.submitted.map(({ timeout }) => timeout)).toEqual([7000, undefined]);
  });

  it.each([
    [undefined, { async: false, wait: undefined, applied: [] }],
    ['Respond-Async; x=1, WAIT = 10', { async: true, wait: 10_000, applied: ['respond-async', 'wait=10'] }],
    ['wait=86400', { async: false, wait: 300_000, applied: ['wait=300'] }],
    ['wait=soon, return=minimal', { async: false, wait: undefined, applied: [] }],
  ])('reads %j', (header, preferences) => {
    expect(readPreferences(header)).toEqual(preferences);
  });
});

describe('Idempotency-Key', () => {
  it('gives the same Command again and sends nothing twice', async () => {
    const first = await send('Reset', reset, { 'idempotency-key': 'k1' });
    const second = await send('Reset', { type: 'OnIdle' }, { 'idempotency-key': 'k1' });
    expect(second.body).toEqual(first.body);
    expect([first, second].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    expect(api.gateway.submitted).toHaveLength(1);
    expect(first.body.idempotencyKey).toBe('k1');
  });

  it('refuses another command under the same key', async () => {
    await send('Reset', reset, { 'idempotency-key': 'k1' });
    expect(await send('Reset', { type: 'Immediate' }, { 'idempotency-key': 'k1' })).toMatchObject({
      status: 422,
      body: { type: '/problems/idempotency-conflict' },
    });
  });

  it('must be printable and at most 255 characters', async () => {
    for (const bad of ['x'.repeat(256), 'a b', 'ü']) {
      const { status, body } = await send('Reset', reset, { 'idempotency-key': bad });
      expect([status, body.errors[0].parameter]).toEqual([400, 'idempotency-key']);
    }
  });
});

describe('GET /v1/commands', () => {
  it('is 404 for one that is unknown', async () => {
    expect((await api.call('GET', '/v1/commands/none')).body.type).toBe('/problems/unknown-command');
    expect((await api.call('GET', '/v1/stations/NO/commands')).body.type).toBe('/problems/unknown-station');
  });
});
