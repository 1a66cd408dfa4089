import { describe, expect, test } from 'vitest';
import { hidesNothing, hiding, isSecretName, masked, maskedText } from '../../src/ocpp/secrets.ts';
import type { Payload } from '../../src/ocpp/translate/outcome.ts';
import { versionNames } from '../../src/ocpp/versions/index.ts';
import { schemasOf } from '../support/schemas.ts';
import { versionByName } from './versions/all.ts';

const variable = (component: string, name: string): Payload => ({ component: { name: component }, variable: { name } });
const password = variable('SecurityCtrlr', 'BasicAuthPassword');
const interval = variable('OCPPCommCtrlr', 'HeartbeatInterval');

describe('a payload without its secrets', () => {
  test.each<[action: string, kind: 'request' | 'response', payload: Payload, shown: Payload]>([
    [
      'ChangeConfiguration',
      'request',
      { key: 'AuthorizationKey', value: '3a00ff' },
      { key: 'AuthorizationKey', value: '***' },
    ],
    [
      'ChangeConfiguration',
      'request',
      { key: 'authorizationkey', value: '' },
      { key: 'authorizationkey', value: '***' },
    ],
    ['ChangeConfiguration', 'request', { key: 'WiFi_Password', value: 'x' }, { key: 'WiFi_Password', value: '***' }],
    [
      'GetConfiguration',
      'response',
      {
        configurationKey: [
          { key: 'HeartbeatInterval', readonly: false, value: '300' },
          { key: 'AuthorizationKey', readonly: false, value: '3a00ff' },
          { key: 'AuthorizationKey', readonly: false },
        ],
      },
      {
        configurationKey: [
          { key: 'HeartbeatInterval', readonly: false, value: '300' },
          { key: 'AuthorizationKey', readonly: false, value: '***' },
          { key: 'AuthorizationKey', readonly: false },
        ],
      },
    ],
    [
      'GetDiagnostics',
      'request',
      { location: 'ftp://user:pa%40ss@host:21/path@2' },
      { location: 'ftp://user:***@host:21/path@2' },
    ],
    ['UpdateFirmware', 'request', { location: 'ftp://u:p@h' }, { location: 'ftp://u:***@h' }],
    [
      'UpdateFirmware',
      'request',
      { requestId: 1, firmware: { location: 'sftp://u:a@b@h/f.bin' } },
      { requestId: 1, firmware: { location: 'sftp://u:***@h/f.bin' } },
    ],
    [
      'SignedUpdateFirmware',
      'request',
      { firmware: { location: 'https://u:p@h/f' } },
      { firmware: { location: 'https://u:***@h/f' } },
    ],
    [
      'GetLog',
      'request',
      { log: { remoteLocation: 'https://u:p@h/' } },
      { log: { remoteLocation: 'https://u:***@h/' } },
    ],
    ['PublishFirmware', 'request', { location: 'https://u:p@h/' }, { location: 'https://u:***@h/' }],
    [
      'SetVariables',
      'request',
      {
        setVariableData: [
          { attributeValue: '60', ...interval },
          { attributeValue: 'hunter22', ...password },
        ],
      },
      {
        setVariableData: [
          { attributeValue: '60', ...interval },
          { attributeValue: '***', ...password },
        ],
      },
    ],
    [
      'GetVariables',
      'response',
      { getVariableResult: [{ attributeStatus: 'Accepted', attributeValue: 'hunter22', ...password }] },
      { getVariableResult: [{ attributeStatus: 'Accepted', attributeValue: '***', ...password }] },
    ],
    [
      'NotifyReport',
      'request',
      { reportData: [{ ...password, variableAttribute: [{ type: 'Actual', value: 'hunter22' }, { type: 'Target' }] }] },
      { reportData: [{ ...password, variableAttribute: [{ type: 'Actual', value: '***' }, { type: 'Target' }] }] },
    ],
    [
      'SetNetworkProfile',
      'request',
      {
        configurationSlot: 1,
        connectionData: {
          ocppCsmsUrl: 'wss://csms.example/ocpp',
          identity: 'CP-1',
          basicAuthPassword: 'hunter22hunter22',
          apn: { apn: 'a', apnUserName: 'u', apnPassword: 'p', simPin: 1234 },
          vpn: { server: 's', user: 'u', password: 'p', key: 'k' },
        },
      },
      {
        configurationSlot: 1,
        connectionData: {
          ocppCsmsUrl: 'wss://csms.example/ocpp',
          identity: 'CP-1',
          basicAuthPassword: '***',
          apn: { apn: 'a', apnUserName: 'u', apnPassword: '***', simPin: '***' },
          vpn: { server: 's', user: 'u', password: '***', key: '***' },
        },
      },
    ],
  ])('%s %s', (action, kind, payload, shown) => {
    const before = JSON.stringify(payload);
    expect(masked(action, kind, payload)).toEqual(shown);
    expect(JSON.parse(maskedText(action, kind, before))).toEqual(shown);
    expect(JSON.stringify(payload)).toBe(before);
    expect([...versionNames].some((name) => versionByName(name).actions.has(action))).toBe(true);
    // The other direction has none.
    expect(masked(action, kind === 'request' ? 'response' : 'request', payload)).toBe(payload);
  });

  test.each<[action: string, payload: Payload]>([
    ['ChangeConfiguration', { key: 'HeartbeatInterval', value: '60' }],
    ['SetVariables', { setVariableData: [{ attributeValue: '60', ...interval }] }],
    ['UpdateFirmware', { location: 'https://host:8443/a:b@c' }],
    ['UpdateFirmware', { location: 'ftp://user@host/' }],
    ['SetNetworkProfile', { connectionData: {} }],
    ['Heartbeat', {}],
    ['toString', { value: 1 }],
  ])('is the payload itself where there is none: %s %o', (action, payload) => {
    expect(masked(action, 'request', payload)).toBe(payload);
    const text = JSON.stringify(payload);
    expect(maskedText(action, 'request', text)).toBe(text);
  });

  test.each([
    ['SetVariables', 'null'],
    ['SetVariables', '[1,"x",null]'],
    ['SetVariables', '{"setVariableData":{"variable":null,"attributeValue":"x"}}'],
    ['NotifyReport', '{"reportData":[null,1,{"variable":{"name":7}}]}'],
    ['ChangeConfiguration', '{"key":null,"value":{}}'],
    ['SetNetworkProfile', '{"connectionData":"x"}'],
  ])('whatever a station or client may have sent: %s %s', (action, text) => {
    expect(JSON.parse(maskedText(action, 'request', text))).toEqual(JSON.parse(text));
  });
});

test.each([
  ['AuthorizationKey', true],
  ['BasicAuthPassword', true],
  ['ApnPassword', true],
  ['SharedSecret', true],
  ['VpnKey', true],
  ['SimPin', true],
  ['wifi_passwd', true],
  ['ClientPrivateKey', true],
  ['MasterPassGroupId', false],
  ['PublicKeyWithSignedMeterValue', false],
  ['MeterPublicKey1', false],
  ['StopTransactionOnInvalidId', false],
  [undefined, false],
])('the name %s is secret: %s', (name, secret) => {
  expect(isSecretName(name)).toBe(secret);
});

test('every field of a schema that sounds like a secret is one', () => {
  const found = new Set<string>();
  const walk = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const { properties } = schema as { properties?: Record<string, unknown> };
    for (const name of Object.keys(properties ?? {})) if (isSecretName(name)) found.add(name);
    for (const inner of Object.values(schema)) walk(inner);
  };
  for (const name of versionNames) walk(schemasOf(name));
  // Those of SetNetworkProfile. A new one belongs into the table.
  expect([...found].sort()).toEqual(['apnPassword', 'basicAuthPassword', 'password', 'simPin']);
});

describe('what is said in answer to secrets', () => {
  const request = { setVariableData: [{ attributeValue: 'a.b(c)$&"', ...password }] };
  test('does not repeat them', () => {
    const hide = hiding('SetVariables', request);
    expect(hide({ status: 'Rejected', why: ['a.b(c)$&" is no password', 'axb(c)$&"'], code: 7, none: null })).toEqual({
      status: 'Rejected',
      why: ['*** is no password', 'axb(c)$&"'],
      code: 7,
      none: null,
    });
    const login = hiding('GetLog', { log: { remoteLocation: 'ftp://u:p@h/' } });
    expect(login('no route to ftp://u:p@h/')).toBe('no route to ftp://u:***@h/');
  });

  test('is left alone otherwise', () => {
    expect(hiding('SetVariables', { setVariableData: [{ attributeValue: '60', ...interval }] })).toBe(hidesNothing);
    expect(hiding('Reset', { type: 'Immediate' })).toBe(hidesNothing);
    // Too short to be told apart from ordinary words.
    const short = hiding('ChangeConfiguration', { key: 'AuthorizationKey', value: 'a' });
    expect(short({ status: 'Accepted' })).toEqual({ status: 'Accepted' });
  });
});
