import { validate } from '@scalar/openapi-parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEAD } from '../../src/ocpp/index.ts';
import { at, stationRow, transactionRow } from '../support/fake-store.ts';
import { happened, journalEntry, startApi } from './harness.ts';

type Operation = {
  operationId: string;
  security?: unknown;
  parameters?: { name: string }[];
  responses: Record<string, { content?: Record<string, unknown> }>;
};
type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};

let api: Awaited<ReturnType<typeof startApi>>;
let document: Document;
beforeAll(async () => {
  api = await startApi();
  document = (await api.call('GET', '/openapi.json')).body;
});
afterAll(() => api.close());

describe('the OpenAPI document', () => {
  it('is valid 3.1, and every reference in it leads somewhere', async () => {
    const { valid, errors } = await validate(document);
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(document.openapi).toMatch(/^3\.1\./);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
    const missing = references.filter(
      (reference) => document.components.schemas[reference.replace('#/components/schemas/', '')] === undefined,
    );
    expect([...new Set(missing)]).toEqual([]);
  });

  it('has every call of the API, each with a name of its own', () => {
    expect(
      Object.keys(document.paths)
        .filter((path) => !path.includes('/commands/'))
        .sort(),
    ).toEqual([
      '/healthz',
      '/metrics',
      '/readyz',
      '/v1/events',
      '/v1/gateway',
      '/v1/routes',
      '/v1/routes/{name}',
      '/v1/stations',
      '/v1/stations/{id}',
      '/v1/stations/{id}/commands',
      '/v1/stations/{id}/messages',
      '/v1/stations/{id}/variables',
      '/v1/tokens',
      '/v1/tokens/{idToken}',
      '/v1/transactions',
      '/v1/transactions/{id}',
      '/v1/transactions/{id}/meter-values',
      '/v1/upstreams',
      '/v1/upstreams/{name}',
      '/v1/upstreams/{name}/links',
      '/v1/upstreams/{name}/links/{stationId}/parked',
      '/v1/upstreams/{name}/links/{stationId}/parked/{number}',
      '/v1/upstreams/{name}/links/{stationId}/parked/{number}/retry',
    ]);
    const names = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(names).not.toContain(undefined);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has every command with the official schema as its body', () => {
    const expected = [...HEAD.actions.values()]
      .filter(({ initiator }) => initiator !== 'station')
      .map(({ name }) => name);
    const documented = Object.keys(document.paths).flatMap(
      (path) => /\/v1\/stations\/\{id\}\/commands\/(\w+)$/.exec(path)?.[1] ?? [],
    );
    expect(documented.sort()).toEqual(expected.sort());
    expect(document.components.schemas.ResetRequest).toMatchObject({ required: ['type'], additionalProperties: false });
  });

  it('says what the API answers: real answers fit their schemas', async () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'doc', ...document });
    const pointer = (path: string, method: string, status: number, type: string) =>
      `doc#/paths/${path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method}/responses/${status}/content/${type.replaceAll('/', '~1')}/schema`;
    const fits = async (method: string, path: string, documented: string, body?: unknown, headers = {}) => {
      const answer = await api.call(method, path, { body, headers });
      const type = answer.headers.get('content-type')!.split(';')[0]!;
      const check = ajv.getSchema(pointer(documented, method.toLowerCase(), answer.status, type));
      expect([path, answer.status, typeof check]).toEqual([path, answer.status, 'function']);
      expect([path, check!(answer.body), check!.errors]).toEqual([path, true, null]);
      return answer;
    };
    api.store.rows.stations.set('CP1', stationRow('CP1'));
    api.store.rows.connectors.push({ stationId: 'CP1', evseId: 1, connectorId: 1, status: 'Available', at });
    api.store.rows.transactions.set('t', transactionRow('t'));
    api.store.rows.meterValues.push({ stationId: 'CP1', transactionId: 't', evseId: 1, at, sampledValue: '[]' });
    api.store.rows.variables.push({
      stationId: 'CP1',
      key: 'k',
      attribute: 'Actual',
      value: null,
      mutability: null,
      characteristics: null,
      at,
    });
    api.gateway.connected.add('CP1');
    await api.store.commits.commit({ journal: [journalEntry(), happened('evsebridge.x')] });

    await fits('GET', '/v1/stations', '/v1/stations');
    await fits('GET', '/v1/stations/CP1', '/v1/stations/{id}');
    await fits('PUT', '/v1/stations/CP2', '/v1/stations/{id}', {});
    await fits('GET', '/v1/stations/CP1/messages', '/v1/stations/{id}/messages');
    await fits('GET', '/v1/stations/CP1/variables', '/v1/stations/{id}/variables');
    await fits('GET', '/v1/transactions', '/v1/transactions');
    await fits('GET', '/v1/transactions/t', '/v1/transactions/{id}');
    await fits('GET', '/v1/transactions/t/meter-values', '/v1/transactions/{id}/meter-values');
    await fits('PUT', '/v1/tokens/A', '/v1/tokens/{idToken}', { expiresAt: '2027-01-01T00:00:00Z' });
    await fits('GET', '/v1/tokens', '/v1/tokens');
    await fits('GET', '/v1/events', '/v1/events', undefined, { accept: 'application/json' });
    await fits('GET', '/v1/gateway', '/v1/gateway');
    await fits('GET', '/readyz', '/readyz');
    await fits('POST', '/v1/stations/CP1/commands/Reset', '/v1/stations/{id}/commands/Reset', { type: 'OnIdle' });
    await fits(
      'POST',
      '/v1/stations/CP1/commands/Reset',
      '/v1/stations/{id}/commands/Reset',
      { type: 'OnIdle' },
      { prefer: 'respond-async' },
    );
    await fits('GET', '/v1/stations/CP1/commands', '/v1/stations/{id}/commands');
    await fits('POST', '/v1/stations/CP1/commands/Reset', '/v1/stations/{id}/commands/Reset', {});
    await fits('GET', '/v1/stations/NO', '/v1/stations/{id}');
    await fits('GET', '/v1/tokens?x=1', '/v1/tokens');
    api.gateway.outcome = () => ({ state: 'uncertain' });
    await fits('POST', '/v1/stations/CP1/commands/Reset', '/v1/stations/{id}/commands/Reset', { type: 'OnIdle' });
  });
});
