import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { at, stationRow } from '../support/fake-store.ts';
import { journalEntry, startApi } from './harness.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const known = (...ids: readonly string[]): void => {
  for (const id of ids) api.store.rows.stations.set(id, stationRow(id));
};
const ids = (body: { items: { id: string }[] }): string[] => body.items.map(({ id }) => id);

describe('a station', () => {
  it('is shown with what is stored and what is live', async () => {
    api.store.rows.stations.set(
      'CP1',
      stationRow('CP1', { deviations: { lowercaseAction: 2 }, passwordHash: 'salt:hash' }),
    );
    const connector = (evseId: number, connectorId: number, status: string) => ({
      stationId: 'CP1',
      evseId,
      connectorId,
      status,
      at,
    });
    api.store.rows.connectors.push(
      connector(2, 1, 'Occupied'),
      connector(1, 2, 'Faulted'),
      connector(1, 1, 'Available'),
      connector(1, 0, 'Available'),
      connector(0, 0, 'Available'),
    );
    api.gateway.connected.add('CP1');
    const { status, body } = await api.call('GET', '/v1/stations/CP1');
    const time = '2026-03-01T12:00:00.000Z';
    expect(status).toBe(200);
    expect(body).toEqual({
      id: 'CP1',
      version: '1.6',
      transport: 'json',
      connected: true,
      callable: true,
      connectedAt: time,
      lastSeenAt: time,
      vendorName: 'Vendor',
      model: 'Model',
      serialNumber: null,
      firmwareVersion: '1.0',
      registrationStatus: 'Accepted',
      status: 'Available',
      statusSince: time,
      evses: [
        {
          id: 1,
          status: 'Available',
          statusSince: time,
          connectors: [
            { id: 1, status: 'Available', since: time },
            { id: 2, status: 'Faulted', since: time },
          ],
        },
        { id: 2, status: null, statusSince: null, connectors: [{ id: 1, status: 'Occupied', since: time }] },
      ],
      strict: false,
      admission: null,
      hasPassword: true,
      versions: null,
      assumeVersion: null,
      callbackUrl: null,
      deviations: { lowercaseAction: 2 },
      createdAt: time,
    });
    expect(JSON.stringify(body)).not.toContain('hash');
  });

  it('has any text for an id, percent-encoded', async () => {
    const id = 'Straße/1 %?#';
    const path = `/v1/stations/${encodeURIComponent(id)}`;
    const { status, headers } = await api.call('PUT', path, { body: {} });
    expect([status, headers.get('location')]).toEqual([201, path]);
    expect((await api.call('GET', path)).body.id).toBe(id);
  });

  it('is created with 201, changed with 200, and keeps what is not named', async () => {
    const first = await api.call('PUT', '/v1/stations/CP1', { body: { strict: true, password: 'p'.repeat(16) } });
    expect([first.status, first.body.strict, first.body.hasPassword]).toEqual([201, true, true]);
    const second = await api.call('PUT', '/v1/stations/CP1', {
      body: { admission: 'Accepted', versions: ['1.6', '2.1'], assumeVersion: '1.6', password: null },
    });
    expect([second.status, second.body.strict, second.body.hasPassword]).toEqual([200, true, false]);
    expect(second.body).toMatchObject({ admission: 'Accepted', versions: ['1.6', '2.1'], assumeVersion: '1.6' });
  });

  it.each([
    [{ colour: 'red' }, '#/colour', 'is not known here'],
    [{ id: 'CP1' }, '#/id', 'is not known here'],
    [{ strict: 'true' }, '#/strict', 'must be boolean'],
    [{ password: 'short' }, '#/password', 'must not have fewer than 16 characters'],
    [{ password: 'x'.repeat(65) }, '#/password', 'must not have more than 64 characters'],
    [{ assumeVersion: '2.0' }, '#/assumeVersion', 'must be one of "1.5", "1.6", "2.0.1", "2.1", null'],
    [{ versions: [] }, '#/versions', 'must not have fewer than 1 items'],
    [{ versions: ['1.6', '2.0'] }, '#/versions/1', 'must be one of "1.5", "1.6", "2.0.1", "2.1"'],
    [[], '#', 'must be object'],
  ])('refuses the settings %j', async (body, pointer, detail) => {
    const answer = await api.call('PUT', '/v1/stations/CP1', { body });
    expect([answer.status, answer.body.type]).toEqual([422, '/problems/invalid-body']);
    expect(answer.body.errors).toEqual([{ pointer, detail }]);
    expect(api.store.rows.stations.size).toBe(0);
  });

  it('refuses a password that is not printable, or that its id makes useless', async () => {
    expect((await api.call('PUT', '/v1/stations/CP1', { body: { password: `${'x'.repeat(16)}\n` } })).status).toBe(422);
    const { status, body } = await api.call('PUT', '/v1/stations/CP:1', { body: { password: 'x'.repeat(16) } });
    expect([status, body.errors[0].pointer]).toEqual([422, '#/password']);
  });

  it('is forgotten', async () => {
    known('CP1');
    expect((await api.call('DELETE', '/v1/stations/CP1')).status).toBe(204);
    expect((await api.call('DELETE', '/v1/stations/CP1')).body.type).toBe('/problems/unknown-station');
    expect((await api.call('GET', '/v1/stations/CP1')).status).toBe(404);
  });
});

describe('the list of stations', () => {
  it('is filtered and paged', async () => {
    known('A1', 'A2', 'B1');
    api.store.rows.stations.set('B2', stationRow('B2', { version: '2.1', registrationStatus: 'Pending' }));
    expect(ids((await api.call('GET', '/v1/stations?id=A*')).body)).toEqual(['A1', 'A2']);
    expect(ids((await api.call('GET', '/v1/stations?id=%3F1')).body)).toEqual(['A1', 'B1']);
    expect(ids((await api.call('GET', '/v1/stations?version=2.1&registrationStatus=Pending')).body)).toEqual(['B2']);
    const first = (await api.call('GET', '/v1/stations?limit=3')).body;
    expect(ids(first)).toEqual(['A1', 'A2', 'B1']);
    const second = (await api.call('GET', `/v1/stations?limit=3&cursor=${encodeURIComponent(first.nextCursor)}`)).body;
    expect([ids(second), second.nextCursor]).toEqual([['B2'], null]);
  });

  it('finds every connected one, wherever it is in the list', async () => {
    const all = Array.from({ length: 100 }, (_, index) => `CP${String(index).padStart(3, '0')}`);
    known(...all);
    const connected = all.filter((_, index) => index % 7 === 6);
    for (const id of connected) api.gateway.connected.add(id);
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await api.call(
        'GET',
        `/v1/stations?connected=true&limit=4${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      expect(body.items.length).toBeLessThanOrEqual(4);
      found.push(...ids(body));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(found).toEqual(connected);
    expect(ids((await api.call('GET', '/v1/stations?connected=false&limit=1000')).body)).toHaveLength(86);
  });
});

describe('the messages of a station', () => {
  it('are the Journal, as sent and as understood', async () => {
    known('CP1');
    await api.store.commits.commit({
      journal: [
        journalEntry({
          action: 'StartTransaction',
          payload: '{"connectorId":1}',
          head: '{"eventType":"Started"}',
          headAction: 'TransactionEvent',
        }),
        journalEntry({ action: 'Heartbeat', version: '2.1', payload: '{}', direction: 'out', type: 'CallResult' }),
        journalEntry({ action: 'Vendor', payload: '{"x":1}' }),
      ],
    });
    const { body } = await api.call('GET', '/v1/stations/CP1/messages?order=asc');
    expect(body.items).toEqual([
      {
        seq: 1,
        at: '2026-03-01T12:00:00.000Z',
        direction: 'in',
        peer: 'station',
        version: '1.6',
        type: 'Call',
        messageId: 'm1',
        action: 'StartTransaction',
        payload: { connectorId: 1 },
        head: { eventType: 'Started' },
        headAction: 'TransactionEvent',
      },
      expect.objectContaining({ seq: 2, action: 'Heartbeat', payload: {}, head: {}, headAction: 'Heartbeat' }),
      expect.objectContaining({ seq: 3, payload: { x: 1 }, head: null, headAction: null }),
    ]);
    const seqs = async (query: string) =>
      (await api.call('GET', `/v1/stations/CP1/messages?${query}`)).body.items.map(({ seq }: { seq: number }) => seq);
    expect(await seqs('')).toEqual([3, 2, 1]);
    expect(await seqs('direction=out')).toEqual([2]);
    expect(await seqs('action=Vendor')).toEqual([3]);
    expect((await api.call('GET', '/v1/stations/CP1/messages?limit=2')).body.nextCursor).not.toBeNull();
  });

  it('outlive the station, and are 404 for one that never was', async () => {
    await api.store.commits.commit({ journal: [journalEntry({ stationId: 'GONE' })] });
    expect((await api.call('GET', '/v1/stations/GONE/messages')).body.items).toHaveLength(1);
    expect((await api.call('GET', '/v1/stations/NEVER/messages')).body.type).toBe('/problems/unknown-station');
  });
});

describe('the variables of a station', () => {
  it('are listed', async () => {
    known('CP1');
    api.store.rows.variables.push({
      stationId: 'CP1',
      key: 'OCPPCommCtrlr/HeartbeatInterval',
      attribute: 'Actual',
      value: '300',
      mutability: 'ReadWrite',
      characteristics: { dataType: 'integer' },
      at,
    });
    expect((await api.call('GET', '/v1/stations/CP1/variables')).body).toEqual({
      items: [
        {
          key: 'OCPPCommCtrlr/HeartbeatInterval',
          attribute: 'Actual',
          value: '300',
          mutability: 'ReadWrite',
          characteristics: { dataType: 'integer' },
          updatedAt: '2026-03-01T12:00:00.000Z',
        },
      ],
      nextCursor: null,
    });
    expect((await api.call('GET', '/v1/stations/NEVER/variables')).status).toBe(404);
  });
});
