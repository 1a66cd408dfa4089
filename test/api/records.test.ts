import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { at, transactionRow } from '../support/fake-store.ts';
import { startApi } from './harness.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

describe('transactions', () => {
  it('are shown in the vocabulary of the API', async () => {
    api.store.rows.transactions.set(
      'u1',
      transactionRow('u1', { headId: 'h1', nativeId: '17', energyWh: 1234.5, metering: { secret: 1 } }),
    );
    expect((await api.call('GET', '/v1/transactions/u1')).body).toEqual({
      id: 'u1',
      stationId: 'CP1',
      transactionId: 'h1',
      nativeId: '17',
      evseId: 1,
      connectorId: 1,
      idToken: 'TAG',
      idTokenType: 'ISO14443',
      startedAt: '2026-03-01T12:00:00.000Z',
      endedAt: null,
      stoppedReason: null,
      meterStart: 0,
      meterStop: null,
      energyWh: 1234.5,
      chargingState: 'Charging',
      remoteStartId: null,
      reservationId: null,
      updatedAt: '2026-03-01T12:00:00.000Z',
    });
    expect((await api.call('GET', '/v1/transactions/none')).body.type).toBe('/problems/unknown-transaction');
  });

  it('are filtered', async () => {
    const hour = 3_600_000;
    api.store.rows.transactions.set('a', transactionRow('a', { startedAt: at, endedAt: at + 1 }));
    api.store.rows.transactions.set('b', transactionRow('b', { startedAt: at + hour, idToken: 'Other' }));
    api.store.rows.transactions.set('c', transactionRow('c', { startedAt: at + 2 * hour, stationId: 'CP2' }));
    const ids = async (query: string) =>
      (await api.call('GET', `/v1/transactions?${query}`)).body.items.map(({ id }: { id: string }) => id);
    expect(await ids('')).toEqual(['c', 'b', 'a']);
    expect(await ids('active=true')).toEqual(['c', 'b']);
    expect(await ids('active=false')).toEqual(['a']);
    expect(await ids('stationId=CP2')).toEqual(['c']);
    expect(await ids('idToken=OTHER')).toEqual(['b']);
    expect(await ids('from=2026-03-01T13:00:00Z&to=2026-03-01T14:00:00Z')).toEqual(['b']);
    expect(await ids('from=2026-03-01T15:00:00%2B02:00&limit=1')).toEqual(['c']);
  });

  it('have meter values', async () => {
    api.store.rows.transactions.set('a', transactionRow('a'));
    expect((await api.call('GET', '/v1/transactions/a/meter-values')).body).toEqual({ items: [], nextCursor: null });
    api.store.rows.meterValues.push({
      stationId: 'CP1',
      transactionId: 'a',
      evseId: 1,
      at,
      sampledValue: '[{"value":5.5}]',
    });
    expect((await api.call('GET', '/v1/transactions/a/meter-values')).body.items).toEqual([
      { at: '2026-03-01T12:00:00.000Z', evseId: 1, sampledValue: [{ value: 5.5 }] },
    ]);
    expect((await api.call('GET', '/v1/transactions/none/meter-values')).status).toBe(404);
  });
});

describe('tokens', () => {
  it('are created with defaults, replaced and deleted, without regard to case', async () => {
    const created = await api.call('PUT', '/v1/tokens/Tag%2F1', { body: {} });
    expect([created.status, created.headers.get('location')]).toEqual([201, '/v1/tokens/Tag%2F1']);
    expect(created.body).toEqual({
      idToken: 'Tag/1',
      type: 'ISO14443',
      status: 'Accepted',
      groupIdToken: null,
      expiresAt: null,
      maxActiveTransactions: null,
    });
    const whole = {
      idToken: 'TAG/1',
      type: 'eMAID',
      status: 'Blocked',
      groupIdToken: 'G',
      expiresAt: '2026-12-31T23:00:00.000Z',
      maxActiveTransactions: 1,
    };
    const replaced = await api.call('PUT', '/v1/tokens/TAG%2F1', {
      body: { ...whole, expiresAt: '2027-01-01T00:00:00+01:00' },
    });
    expect([replaced.status, replaced.body]).toEqual([200, whole]);
    expect((await api.call('GET', '/v1/tokens/tag%2F1')).body).toEqual(whole);
    expect((await api.call('GET', '/v1/tokens?status=Blocked')).body).toEqual({ items: [whole], nextCursor: null });
    expect((await api.call('GET', '/v1/tokens?status=Accepted')).body.items).toEqual([]);
    expect((await api.call('DELETE', '/v1/tokens/tag%2F1')).status).toBe(204);
    expect((await api.call('DELETE', '/v1/tokens/tag%2F1')).body.type).toBe('/problems/unknown-token');
    expect((await api.call('GET', '/v1/tokens/tag%2F1')).status).toBe(404);
  });

  it.each([
    [{ status: 'Fine' }, '#/status'],
    [{ type: 'x'.repeat(21) }, '#/type'],
    [{ groupIdToken: 'x'.repeat(256) }, '#/groupIdToken'],
    [{ expiresAt: 'tomorrow' }, '#/expiresAt'],
    [{ expiresAt: '2026-02-30T00:00:00Z' }, '#/expiresAt'],
    [{ maxActiveTransactions: -1 }, '#/maxActiveTransactions'],
    [{ maxActiveTransactions: '1' }, '#/maxActiveTransactions'],
    [{ idToken: 'OTHER' }, '#/idToken'],
    [{ note: '' }, '#/note'],
  ])('refuse %j', async (body, pointer) => {
    const answer = await api.call('PUT', '/v1/tokens/A', { body });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer]);
    expect(api.store.rows.tokens.size).toBe(0);
  });
});

describe('operation', () => {
  it('is ready when the database answers and takes more in', async () => {
    expect((await api.call('GET', '/readyz')).body).toEqual({
      status: 'ready',
      checks: { database: true, accepting: true },
    });
    api.store.commits.accepting = false;
    expect(await api.call('GET', '/readyz')).toMatchObject({
      status: 503,
      body: { checks: { database: true, accepting: false } },
    });
    api.store.away = true;
    expect(await api.call('GET', '/readyz')).toMatchObject({
      status: 503,
      body: { type: '/problems/not-ready', checks: { database: false } },
    });
    expect((await api.call('GET', '/healthz')).body).toEqual({ status: 'ok', version: '0.1.0' });
  });

  it('measures its requests by route', async () => {
    await api.call('GET', '/v1/stations/CP1');
    const { headers, body } = await api.call('GET', '/metrics');
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(body).toContain(
      'evsebridge_http_request_duration_seconds_count{method="GET",route="/v1/stations/:id",status="404"} 1',
    );
    expect(body).toContain('evsebridge_event_stream_consumers 0');
  });

  it('tells where stations connect', async () => {
    expect((await api.call('GET', '/v1/gateway')).body).toMatchObject({
      version: '0.1.0',
      connectedStations: 0,
      lastSequence: 0,
      stationUrls: [{ version: '1.6', transport: 'json', url: 'ws://127.0.0.1:9000/ocpp/{stationId}' }, {}, {}],
    });
  });
});
