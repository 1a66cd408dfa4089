/** Passwords and keys that stations are given, or that they tell, are in no log, in no Journal, in nothing that the API shows, and not in storage. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Csms } from '../../bench/servers/csms.ts';
import { type TestDatabase, testDatabases } from '../support/databases.ts';
import { type GatewayProcess, RawStation, spawnGateway, until } from '../support/gateway.ts';
import { SoapStation } from '../support/soap.ts';
import { booted, Events, protocols } from './support.ts';

/** Texts that begin as nothing else does. */
const secrets = {
  basic: 'Sesame-open-basic&1',
  vendor: 'Sesame-open-vendor-1',
  told: 'Sesame-open-told-111',
  apn: 'Sesame-open-apn-1111',
  vpn: 'Sesame-open-vpn-1111',
  login: 'Sesame-open-login-11',
  station: 'Sesame-open-station1',
  wrong: 'Sesame-open-wrong-11',
  /** The gateway's own, towards an upstream: it is stored, since it has to be sent. */
  upstream: 'Sesame-gateway-own-1',
};

/** Where a text has one of them, with a little of what is around it. */
const leaks = (text: string, mark = /Sesame-(?:open|gateway)/g): readonly string[] =>
  [...text.matchAll(mark)].map(({ index }) => text.slice(Math.max(0, index - 200), index + 30));

const variable = (component: string, name: string) => ({ component: { name: component }, variable: { name } });
const password = variable('SecurityCtrlr', 'BasicAuthPassword');
const vendor = variable('OCPP16LegacyCtrlr', 'WifiPassword');

/** All that is stored, as text. */
async function stored({ options: { databaseUrl, dataDir } }: TestDatabase): Promise<string> {
  if (databaseUrl === undefined) {
    const files = await readdir(join(dataDir, 'db'), { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
    );
    return texts.join('\n');
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const tables = await client.query(
    `select table_name as name from information_schema.tables where table_schema = 'public'`,
  );
  let text = '';
  for (const { name } of tables.rows) {
    const { rows } = await client.query(`select coalesce(string_agg(t::text, ' '), '') as text from "${name}" t`);
    text += rows[0].text;
  }
  await client.end();
  return text;
}

describe.each(await testDatabases())('secrets, on $name', ({ open }) => {
  let database: TestDatabase;
  let gateway: GatewayProcess;
  const settings = { EVSEBRIDGE_LOG_LEVEL: 'trace', EVSEBRIDGE_CALL_TIMEOUT: '5' };
  beforeAll(async () => {
    database = await open();
    gateway = await spawnGateway(database.options, settings);
  });
  afterAll(async () => {
    await gateway?.stop();
    await database?.drop();
  });

  /** Sends the command and expects nothing of what it answers. */
  const command = async (id: string, action: string, body: object, headers?: Record<string, string>): Promise<string> =>
    JSON.stringify((await gateway.api.command(id, action, body, headers)).body);

  /** Everything about a station that sets or asks for secrets. */
  async function tellSecrets(id: string): Promise<string> {
    const setVariableData = [
      { attributeValue: secrets.basic, ...password },
      { attributeValue: secrets.vendor, ...vendor },
    ];
    const key = { 'idempotency-key': `${id}-1` };
    const said = [await command(id, 'SetVariables', { setVariableData }, key)];
    // The same command again is the same though its secrets are not kept.
    said.push(await command(id, 'SetVariables', { setVariableData }, key));
    expect(said[1]).toBe(said[0]);
    said.push(
      await command(id, 'GetVariables', { getVariableData: [password, vendor] }),
      await command(id, 'SetNetworkProfile', {
        configurationSlot: 1,
        connectionData: {
          ocppInterface: 'Wireless0',
          ocppTransport: 'JSON',
          messageTimeout: 30,
          ocppCsmsUrl: 'wss://csms.example/ocpp',
          securityProfile: 1,
          apn: { apn: 'apn', apnPassword: secrets.apn, apnAuthentication: 'PAP' },
          vpn: { server: 'vpn', user: 'user', password: secrets.vpn, key: secrets.vpn, type: 'L2TP' },
        },
      }),
      await command(id, 'UpdateFirmware', {
        requestId: 1,
        firmware: { location: `ftp://user:${secrets.login}@host/1.bin`, retrieveDateTime: '2026-01-01T00:00:00Z' },
      }),
      await command(id, 'GetLog', {
        requestId: 2,
        logType: 'DiagnosticsLog',
        log: { remoteLocation: `ftp://user:${secrets.login}@host/` },
      }),
      await command(id, 'GetBaseReport', { requestId: 3, reportBase: 'FullInventory' }, { prefer: 'respond-async' }),
    );
    return said.join('\n');
  }

  /** All that the API tells of a station. */
  async function told(id: string): Promise<string> {
    const events = new Events(gateway.api, `after=0&stationId=${id}`);
    await events.until(
      (all) => all.some(({ type }) => type.startsWith('evsebridge.command')),
      'the events of commands',
    );
    events.close();
    const path = `/v1/stations/${id}`;
    const parts = [(await gateway.api.get(path)).body, events.all];
    for (const list of ['messages', 'commands', 'variables']) parts.push(await gateway.api.all(`${path}/${list}`));
    return JSON.stringify(parts);
  }

  it.each(protocols)('of a station of %s are shown as ***', async (protocol) => {
    const id = `X-${protocol}`;
    await gateway.api.put(`/v1/stations/${id}`, { password: secrets.station });
    const basic = (text: string) => ({
      headers: { authorization: `Basic ${Buffer.from(`${id}:${text}`).toString('base64')}` },
    });
    await expect(RawStation.connect(gateway.ocppUrl, id, protocol, basic(secrets.wrong))).rejects.toThrow(/401/);
    await gateway.api.put(`/v1/stations/${id}`, { password: null });
    const station = await booted(gateway.ocppUrl, id, protocol);
    const received: string[] = [];
    // It repeats in its errors what it does not like, and tells what it should not.
    station.onCall = ([, callId, action, payload]) => {
      received.push(JSON.stringify(payload));
      switch (action) {
        case 'ChangeConfiguration':
          return [4, callId, 'PropertyConstraintViolation', `${payload.value} is too short`, { value: payload.value }];
        case 'SetVariables':
          return [
            3,
            callId,
            {
              setVariableResult: payload.setVariableData.map(
                ({ attributeValue, ...rest }: Record<string, unknown>) => ({
                  ...rest,
                  attributeStatus: 'Rejected',
                  attributeStatusInfo: { reasonCode: 'Weak', additionalInfo: `${attributeValue} is too short` },
                }),
              ),
            },
          ];
        case 'GetVariables':
          return [
            3,
            callId,
            {
              getVariableResult: payload.getVariableData.map((asked: object) => ({
                ...asked,
                attributeStatus: 'Accepted',
                attributeValue: secrets.told,
              })),
            },
          ];
        case 'GetConfiguration':
          return [
            3,
            callId,
            {
              configurationKey: [
                { key: 'AuthorizationKey', readonly: false, value: secrets.told },
                { key: 'WifiPassword', readonly: false, value: secrets.told },
              ],
            },
          ];
        case 'GetLog':
          return protocol === 'ocpp1.6'
            ? [4, callId, 'NotImplemented', '', {}]
            : [3, callId, { status: 'Accepted', filename: 'log' }];
        case 'SignedUpdateFirmware':
          return [4, callId, 'NotImplemented', '', {}];
        case 'GetDiagnostics':
          return [3, callId, { fileName: 'log' }];
        case 'UpdateFirmware':
          return [3, callId, protocol === 'ocpp1.6' ? {} : { status: 'Accepted' }];
        default:
          return [3, callId, { status: 'Accepted' }];
      }
    };
    const said = await tellSecrets(id);
    if (protocol !== 'ocpp1.6') {
      const report = {
        requestId: 3,
        seqNo: 0,
        generatedAt: '2026-01-05T10:00:00Z',
        reportData: [{ ...password, variableAttribute: [{ value: secrets.told, mutability: 'WriteOnly' }] }],
      };
      expect((await station.call('NotifyReport', report))[0]).toBe(3);
      // One that is refused is in the Journal too.
      expect((await station.call('NotifyReport', { ...report, seqNo: 'x' }))[0]).toBe(4);
    } else {
      expect(
        (await gateway.api.all(`/v1/stations/${id}/messages`)).some(({ action }) => action === 'ChangeConfiguration'),
      ).toBe(true);
    }
    // The station itself got them.
    const all = received.join('\n');
    for (const secret of [secrets.vendor, secrets.login]) expect(all).toContain(secret);
    const shown = await told(id);
    expect(shown).toContain('***');
    expect(shown).toContain('ftp://user:***@host/');
    expect(leaks(said + shown)).toEqual([]);
    await station.close();
  });

  it('of a station over SOAP are shown as ***', async () => {
    const station = new SoapStation('X-SOAP', '1.6', gateway.ocppUrl);
    await station.listen();
    station.onCall = (operation) => {
      switch (operation) {
        case 'getConfiguration':
          return `<p:configurationKey><p:key>AuthorizationKey</p:key><p:readonly>false</p:readonly><p:value>${secrets.told}</p:value></p:configurationKey>`;
        case 'changeConfiguration':
          return '<p:status>Rejected</p:status>';
        case 'getDiagnostics':
          return '<p:fileName>log</p:fileName>';
        case 'updateFirmware':
          return '';
        default:
          return '<p:status>Accepted</p:status>';
      }
    };
    await station.boot();
    const said = await tellSecrets('X-SOAP');
    const calls = station.calls.join('\n');
    for (const secret of [secrets.vendor, secrets.login]) expect(calls).toContain(secret);
    const shown = await told('X-SOAP');
    expect(shown).toContain('***');
    expect(leaks(said + shown)).toEqual([]);
    await station.close();
  });

  it.each(['ocpp1.6', 'ocpp2.0.1'] as const)(
    'that an upstream tells a station of %s are shown as ***',
    async (protocol) => {
      const id = `X-UP-${protocol}`;
      const csms = await Csms.start('1.6');
      await gateway.api.put('/v1/upstreams/north', { url: csms.url, version: '1.6', password: secrets.upstream });
      await gateway.api.put('/v1/routes/north', { match: { stationId: 'X-UP-*' }, owner: 'north' });
      const station = await booted(gateway.ocppUrl, id, protocol);
      const received: string[] = [];
      station.onCall = ([, callId, action, payload]) => {
        received.push(JSON.stringify(payload));
        switch (action) {
          case 'ChangeConfiguration':
            return [4, callId, 'PropertyConstraintViolation', `${payload.value} is too short`, {}];
          case 'SetVariables':
            return [4, callId, 'PropertyConstraintViolation', `${payload.setVariableData[0].attributeValue}!`, {}];
          case 'GetConfiguration':
            return [3, callId, { configurationKey: [{ key: 'WifiPassword', readonly: false, value: secrets.told }] }];
          case 'GetVariables':
            return [
              3,
              callId,
              {
                getVariableResult: payload.getVariableData.map((asked: object) => ({
                  ...asked,
                  attributeStatus: 'Accepted',
                  attributeValue: secrets.told,
                })),
              },
            ];
          default:
            return [3, callId, { status: 'Accepted' }];
        }
      };
      await until(() => csms.clients.has(id), 'the connection');
      const ask = (action: string, payload: object) => csms.call(id, action, payload).catch(String);
      await ask('ChangeConfiguration', { key: 'WifiPassword', value: secrets.vendor });
      await ask('GetConfiguration', { key: ['WifiPassword'] });
      await ask('GetDiagnostics', { location: `ftp://user:${secrets.login}@host/` });
      expect(received.join('\n')).toContain(secrets.vendor);
      expect(received.join('\n')).toContain(secrets.login);
      expect(csms.passwords.get(id)).toBe(secrets.upstream);
      const parts = await Promise.all([
        until(async () => {
          const messages = await gateway.api.all(`/v1/stations/${id}/messages`);
          return (
            messages.some(
              ({ peer, action, direction }) =>
                peer === 'upstream:north' && action === 'GetDiagnostics' && direction === 'out',
            ) && messages
          );
        }, 'the record of the last answer'),
        gateway.api.all(`/v1/stations/${id}/variables`),
        gateway.api.get('/v1/upstreams/north'),
      ]);
      expect(JSON.stringify(parts)).toContain('***');
      expect(leaks(JSON.stringify(parts))).toEqual([]);
      await station.close();
      await csms.kill();
    },
  );

  it('are in no log and not in storage, also after a restart', async () => {
    const before = gateway.output;
    expect(before).toContain('"level"');
    await gateway.kill();
    gateway = await spawnGateway(database.options, settings);
    for (const protocol of protocols) expect(leaks(await told(`X-${protocol}`))).toEqual([]);
    await gateway.stop();
    expect(leaks(before + gateway.output)).toEqual([]);
    expect(leaks(await stored(database), /Sesame-open/g)).toEqual([]);
    gateway = await spawnGateway(database.options, settings);
  });
});
