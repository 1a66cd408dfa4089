import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { key, startApi } from './harness.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('the key', () => {
  it('is asked for by everything that tells of stations or people', async () => {
    for (const path of [
      '/v1/stations',
      '/v1/stations/CP1',
      '/v1/transactions',
      '/v1/tokens',
      '/v1/events',
      '/v1/gateway',
      '/metrics',
    ]) {
      const { status, headers, body } = await api.call('GET', path, { withKey: false });
      expect([path, status]).toEqual([path, 401]);
      expect(headers.get('www-authenticate')).toBe('Bearer realm="evsebridge"');
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(body).toMatchObject({ type: '/problems/unauthorized', status: 401 });
    }
  });

  it.each(['Bearer wrong', `Bearer ${key}x`, `Bearer ${key.slice(0, -1)}`, `Basic ${btoa(`:${key}`)}`, key, 'Bearer'])(
    'is refused as %s',
    async (authorization) => {
      const { status } = await api.call('GET', '/v1/stations', { withKey: false, headers: { authorization } });
      expect(status).toBe(401);
    },
  );

  it('is taken in the header only, never in the address', async () => {
    expect((await api.call('GET', `/v1/stations?key=${key}`, { withKey: false })).status).toBe(401);
    expect(
      (await api.call('GET', '/v1/stations', { withKey: false, headers: { authorization: `bearer ${key}` } })).status,
    ).toBe(200);
  });

  it('is not needed for health, pages, the description and explanations of problems', async () => {
    for (const path of [
      '/',
      '/docs',
      '/assets/app.js',
      '/openapi.json',
      '/healthz',
      '/readyz',
      '/problems/unauthorized',
    ]) {
      expect([path, (await api.call('GET', path, { withKey: false })).status]).toEqual([path, 200]);
    }
  });

  it('is never logged', async () => {
    await api.call('GET', `/?key=${key}`);
    await api.call('GET', `/v1/stations?key=${key}`);
    await api.call('GET', `/no/such/path?key=${key}`);
    expect(api.lines.length).toBeGreaterThan(0);
    expect(api.lines.join('')).not.toContain(key);
  });
});
