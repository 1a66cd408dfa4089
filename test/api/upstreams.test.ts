import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi } from './harness.ts';

const north = { url: 'wss://csms.example/ocpp', version: '1.6' };

describe('upstreams and routes', () => {
  let api: Awaited<ReturnType<typeof startApi>>;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const put = (path: string, body: unknown) => api.call('PUT', path, { body });

  it('are created, replaced, read and listed, and passwords are never told', async () => {
    const created = await put('/v1/upstreams/north', {
      ...north,
      password: 'secret-secret-se',
      headers: { 'X-Site': 'a' },
    });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe('/v1/upstreams/north');
    expect(created.body).toMatchObject({
      name: 'north',
      hasPassword: true,
      pingInterval: 60,
      headers: { 'X-Site': 'a' },
      links: { open: 0, connecting: 0, queued: 0, parked: 0, oldestAt: null },
    });
    expect(JSON.stringify(created.body)).not.toContain('secret');
    expect((await put('/v1/upstreams/north', { ...north, pingInterval: 10 })).status).toBe(200);
    expect((await api.call('GET', '/v1/upstreams/north')).body).toMatchObject({ hasPassword: true, pingInterval: 10 });
    expect((await put('/v1/upstreams/north', { ...north, password: null })).body.hasPassword).toBe(false);

    const route = await put('/v1/routes/all', { match: { stationId: 'CP*' }, owner: 'north' });
    expect(route.status).toBe(201);
    expect(route.body).toEqual({
      name: 'all',
      match: { stationId: 'CP*' },
      owner: 'north',
      observers: [],
      allow: [],
      priority: 0,
    });
    expect((await api.call('GET', '/v1/routes')).body.items).toHaveLength(1);
    expect((await api.call('GET', '/v1/upstreams')).body.items).toHaveLength(1);
    expect((await api.call('GET', '/v1/upstreams/north/links')).body.items).toEqual([]);
  });

  it('keep what is in use', async () => {
    const inUse = await api.call('DELETE', '/v1/upstreams/north');
    expect(inUse.status).toBe(409);
    expect(inUse.body).toMatchObject({ type: '/problems/upstream-in-use', detail: expect.stringContaining('all') });
    expect((await put('/v1/upstreams/north', { ...north, version: '2.1' })).status).toBe(409);
    expect((await api.call('DELETE', '/v1/routes/all')).status).toBe(204);
    expect((await api.call('DELETE', '/v1/upstreams/north')).status).toBe(204);
    expect((await api.call('DELETE', '/v1/upstreams/north')).body.type).toBe('/problems/unknown-upstream');
    expect((await api.call('GET', '/v1/routes/all')).body.type).toBe('/problems/unknown-route');
  });

  it.each([
    [{ ...north, url: 'http://x' }, '#/url'],
    [{ ...north, url: 'no url' }, '#/url'],
    [{ ...north, url: 'ws://user:word@x' }, '#/url'],
    [{ ...north, url: 'ws://x/?a=b' }, '#/url'],
    [{ ...north, version: '3.0' }, '#/version'],
    [{ ...north, certificate: 'PEM' }, '#/privateKey'],
    [{ ...north, failover: [] }, '#/failover'],
  ])('refuse an upstream such as %j', async (body, pointer) => {
    const answer = await put('/v1/upstreams/bad', body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].pointer).toBe(pointer);
  });

  it('refuse a route that leads nowhere, with every place that is wrong', async () => {
    const answer = await put('/v1/routes/bad', { match: {}, owner: 'nobody', observers: ['none'] });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([
      { pointer: '#/owner', detail: 'there is no upstream nobody' },
      { pointer: '#/observers/0', detail: 'there is no upstream none' },
    ]);
    expect((await put('/v1/routes/bad', { match: {}, owner: 'builtin', allow: ['Heartbeat'] })).status).toBe(422);
    expect((await put('/v1/routes/ok', { match: {}, owner: 'builtin', allow: ['Reset'] })).status).toBe(201);
  });

  it('say that nothing is parked under a number', async () => {
    await put('/v1/upstreams/north', north);
    expect((await api.call('GET', '/v1/upstreams/north/links/CP1/parked')).body.items).toEqual([]);
    const answer = await api.call('POST', '/v1/upstreams/north/links/CP1/parked/1/retry');
    expect(answer.body.type).toBe('/problems/unknown-message');
  });
});
