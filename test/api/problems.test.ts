import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problems } from '../../src/api/server.ts';
import { key, startApi } from './harness.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const problem = async (method: string, path: string, options: Parameters<typeof api.call>[2] = {}) => {
  const { status, headers, body } = await api.call(method, path, options);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
  return [status, body.type];
};

describe('what goes wrong is a problem (RFC 9457)', () => {
  it('for a path that is none', async () => {
    expect(await problem('GET', '/v2')).toEqual([404, '/problems/not-found']);
    expect(await problem('GET', '/v2', { withKey: false })).toEqual([404, '/problems/not-found']);
  });

  it('for a method that the path does not have', async () => {
    expect(await problem('PATCH', '/v1/stations/CP1')).toEqual([405, '/problems/method-not-allowed']);
    expect((await api.call('POST', '/v1/tokens/A')).headers.get('allow')).toBe('DELETE, GET, HEAD, PUT');
  });

  it('for a body that is not JSON, empty, too large or of another type', async () => {
    const put = (body: string, headers = {}) => problem('PUT', '/v1/tokens/A', { body, headers });
    expect(await put('{"status":')).toEqual([400, '/problems/malformed-json']);
    // An empty body is none, whatever its content type says; a token cannot do without one.
    expect(await put('')).toEqual([422, '/problems/invalid-body']);
    expect(await put('{"__proto__":{}}')).toEqual([400, '/problems/malformed-json']);
    expect(await put(`"${'x'.repeat(1024 * 1024)}"`)).toEqual([413, '/problems/body-too-large']);
    expect(await put('a=1', { 'content-type': 'application/x-www-form-urlencoded' })).toEqual([
      415,
      '/problems/unsupported-media-type',
    ]);
  });

  it('for a path that is not percent-encoded, or holds more than any id', async () => {
    expect(await problem('GET', '/v1/stations/%zz')).toEqual([400, '/problems/invalid-request']);
    expect(await problem('GET', `/v1/stations/${'x'.repeat(300)}`)).toEqual([400, '/problems/invalid-request']);
    expect(await problem('GET', `/v1/stations/${'x'.repeat(3000)}`)).toEqual([414, '/problems/address-too-long']);
  });

  it('for query parameters, naming each', async () => {
    const { status, body } = await api.call(
      'GET',
      '/v1/transactions?limit=1.5&active=yes&from=2026-01-01&stationid=CP1',
    );
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { parameter: 'stationid', detail: 'is not known here' },
      { parameter: 'active', detail: 'must be boolean' },
      { parameter: 'from', detail: 'must be a date-time (RFC 3339, with its offset)' },
      { parameter: 'limit', detail: 'must be integer' },
    ]);
    for (const limit of ['0', '1001', '-1', '', 'x', '1&limit=2']) {
      expect([limit, (await api.call('GET', `/v1/transactions?limit=${limit}`)).status]).toEqual([limit, 400]);
    }
  });

  it('for a cursor of another list', async () => {
    expect(await problem('GET', '/v1/stations?cursor=nonsense')).toEqual([400, '/problems/invalid-cursor']);
  });

  it('for a database that is away, with a time to come back', async () => {
    api.store.away = true;
    expect(await problem('GET', '/v1/transactions')).toEqual([503, '/problems/unavailable']);
    expect((await api.call('GET', '/v1/events')).headers.get('retry-after')).toBe('5');
    api.store.away = false;
  });

  it('for a defect of the gateway, which is logged and not told', async () => {
    const { get } = api.store.transactions;
    api.store.transactions.get = () => Promise.reject(new Error('a secret detail'));
    const { status, body } = await api.call('GET', '/v1/transactions/x');
    api.store.transactions.get = get;
    expect([status, body.type]).toEqual([500, '/problems/internal']);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(api.lines.filter((line) => line.includes('a secret detail') && line.includes(body.requestId))).toHaveLength(
      1,
    );
  });

  it('for bytes that are not HTTP', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.end('NONSENSE\r\n\r\n');
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    expect(bytes.toString()).toMatch(/^HTTP\/1\.1 400 /);
    expect(bytes.toString()).toContain('application/problem+json');
  });

  it('and each kind explains itself at its own address', async () => {
    for (const [code, kind] of Object.entries(problems)) {
      const { status, body } = await api.call('GET', `/problems/${code}`, { withKey: false });
      expect([status, body]).toEqual([200, { type: `/problems/${code}`, ...kind }]);
    }
    expect((await api.call('GET', '/problems/none')).status).toBe(400);
  });
});

describe('every answer', () => {
  it('forbids framing, sniffing, remembering and referring', async () => {
    for (const path of ['/v1/stations', '/healthz', '/nothing']) {
      const { headers } = await api.call('GET', path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    const page = await api.call('GET', `/?key=${key}`, { withKey: false });
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self';.*frame-ancestors 'none'/);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page.body).not.toContain(key);
  });
});
