/** Block B, Provisioning: the configuration keys of 1.6 and the device model of 2.x. The keys themselves are rows of `configuration-keys.ts`. */
import { answer } from '../outcome.ts';
import { list, lost, procedure, row, rows, table } from '../rows.ts';
import type { Pair } from '../translator.ts';
import { noCustomData } from './common-rows.ts';
import { changeConfigurationUp } from './configuration-change.ts';
import { getVariablesDown, setVariablesDown } from './configuration-down.ts';
import { getConfigurationUp } from './configuration-up.ts';

/** Component and Variable together are one key. */
const component = procedure(
  'the table of configuration keys; without a key: the gateway’s own, else OCPP16LegacyCtrlr',
);
const attributeType = procedure('1.6 has the Actual value only; the others are NotSupportedAttributeType');

export const getConfiguration: Pair = {
  initiator: 'csms',
  older: 'GetConfiguration',
  newer: 'GetVariables',
  note: 'Down: the keys behind the variables, in Calls of GetConfigurationMaxKeys; results in the order of the request. Up: the variables behind the keys, in Calls of ItemsPerMessage; without a list every key of the table that the station has.',
  request: rows(
    row(
      'key',
      'getVariableData',
      list(
        rows(
          row(null, 'attributeType', attributeType),
          row(null, 'component', component),
          row(null, 'variable', component),
          noCustomData,
        ),
      ),
    ),
    noCustomData,
  ),
  response: rows(
    row(
      'configurationKey',
      'getVariableResult',
      list(
        rows(
          row('key', 'component', component),
          row(null, 'variable', component),
          row(
            'value',
            'attributeValue',
            procedure('by the kind of the key’s value; a longer list is cut behind an item'),
          ),
          row('readonly', null, procedure('as the table of keys has it')),
          row(null, 'attributeType', attributeType),
          row(null, 'attributeStatus', procedure('up: a key of a variable that is not Accepted is unknown')),
          row(null, 'attributeStatusInfo', lost('1.6 has no reasons')),
          noCustomData,
        ),
      ),
    ),
    row('unknownKey', null, procedure('UnknownVariable; up: the keys whose variables the station does not have')),
    noCustomData,
  ),
  up: getConfigurationUp,
  down: getVariablesDown,
};

export const changeConfiguration: Pair = {
  initiator: 'csms',
  older: 'ChangeConfiguration',
  newer: 'SetVariables',
  note: 'Down: one Call per variable, in order. Up: a key that stands for several variables is set in all of them, or restored and Rejected.',
  request: rows(
    row('key', 'setVariableData.component', component),
    row('value', 'setVariableData.attributeValue', procedure('by the kind of the key’s value')),
    row(null, 'setVariableData.variable', component),
    row(null, 'setVariableData.attributeType', attributeType),
    row(null, 'setVariableData.customData', lost('1.6 has no customData')),
    noCustomData,
  ),
  response: rows(
    row(
      'status',
      'setVariableResult.attributeStatus',
      table([
        ['Accepted', 'Accepted'],
        ['Rejected', 'Rejected'],
        ['RebootRequired', 'RebootRequired'],
        ['NotSupported', 'UnknownVariable'],
        ['NotSupported', 'UnknownComponent'],
        ['Rejected', 'NotSupportedAttributeType'],
      ]),
    ),
    row(null, 'setVariableResult.component', procedure('as it was asked')),
    row(null, 'setVariableResult.variable', procedure('as it was asked')),
    row(null, 'setVariableResult.attributeType', attributeType),
    row(null, 'setVariableResult.attributeStatusInfo', lost('1.6 has no reasons')),
    row(null, 'setVariableResult.customData', lost('1.6 has no customData')),
    noCustomData,
  ),
  up: changeConfigurationUp,
  down: setVariablesDown,
};

export const setNetworkProfile: Pair = {
  initiator: 'csms',
  older: null,
  newer: 'SetNetworkProfile',
  note: 'Rejected: how the station reaches the gateway is administered in the gateway.',
  request: rows(
    row(null, 'configurationSlot', lost('a 1.6 station has no slots of connections')),
    row(null, 'connectionData', lost('how the station reaches the gateway is not for a CSMS behind it to change')),
    noCustomData,
  ),
  response: rows(
    row(null, 'status', procedure('Rejected')),
    row(null, 'statusInfo', procedure('UnsupportedRequest')),
    noCustomData,
  ),
  down: () => answer({ status: 'Rejected', statusInfo: { reasonCode: 'UnsupportedRequest' } }),
};
