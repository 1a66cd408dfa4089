import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/ocpp/translate/explain.ts';
import {
  convert,
  derived,
  keep,
  list,
  lost,
  object,
  procedure,
  row,
  rows,
  same,
  sameBut,
  table,
  widened,
} from '../../../src/ocpp/translate/rows.ts';

describe('what rows made of a message', () => {
  it('tells a field that is the same, by its old and its new place', () => {
    const fields = rows(row('model', 'station.model', same), row('vendor', 'station.vendor', same));
    expect(explain(fields, 'up', { model: 'M' }, { station: { model: 'M' } })).toEqual([
      { from: 'model', to: 'station.model', rule: 'same', how: 'same', before: 'M', after: 'M' },
    ]);
    expect(explain(fields, 'down', { station: { model: 'M' } }, { model: 'M' })).toEqual([
      { from: 'station.model', to: 'model', rule: 'same', how: 'same', before: 'M', after: 'M' },
    ]);
    expect(explain(fields, 'up', { model: 'M' }, {})).toEqual([
      { from: 'model', rule: 'same', how: 'not sent', before: 'M' },
    ]);
  });

  it('tells the values of enums, and those that cannot be said', () => {
    const status = rows(
      row(
        'status',
        'status',
        table([
          ['Hard', 'Immediate'],
          ['Odd', null],
        ]),
      ),
      row('kind', 'kind', widened(['Old', 'New'], [null, 'Newer'])),
    );
    expect(explain(status, 'up', { status: 'Hard', kind: 'Old' }, { status: 'Immediate', kind: 'Old' })).toMatchObject([
      { how: 'table', before: 'Hard', after: 'Immediate' },
      { how: 'same', before: 'Old', after: 'Old' },
    ]);
    expect(explain(status, 'up', { status: 'Odd' }, {})).toMatchObject([{ how: 'the other version has no Odd' }]);
    expect(explain(status, 'down', { kind: 'Newer' }, {})).toMatchObject([{ how: 'the other version has no Newer' }]);
  });

  it('tells conversions by their names, procedures and made fields by what they do, losses by their reasons', () => {
    const fields = rows(
      row('text', 'text', convert('an empty text is none', keep, keep)),
      row('connectorId', 'evseId', procedure('connector n is EVSE n')),
      row(
        null,
        'reason',
        derived('always PowerUp', () => 'PowerUp'),
      ),
      row('vendorId', null, lost('nobody has it')),
    );
    const source = { text: '', connectorId: 2, vendorId: 'V' };
    expect(explain(fields, 'up', source, { evseId: 2, reason: 'PowerUp' })).toEqual([
      { from: 'text', rule: 'convert', how: 'an empty text is none', before: '' },
      { from: 'connectorId', to: 'evseId', rule: 'procedure', how: 'connector n is EVSE n', before: 2, after: 2 },
      { to: 'reason', rule: 'derived', how: 'always PowerUp', after: 'PowerUp' },
      { from: 'vendorId', rule: 'lost', how: 'nobody has it', before: 'V' },
    ]);
  });

  it('goes into objects and lists, and finds which items were left out', () => {
    const sample = rows(
      row('value', 'value', procedure('a number')),
      row('phase', 'phase', same),
      row('unit', 'unit', same),
    );
    const fields = rows(
      row('at', 'when', object(rows(row('time', 'time', same)))),
      row('samples', 'values', list(sample)),
    );
    expect(
      explain(
        fields,
        'up',
        { at: { time: 1 }, samples: [{ value: '1', phase: 'L1' }, { value: '2' }, { value: '3', phase: 'L3' }] },
        {
          when: { time: 1 },
          values: [
            { value: 1, phase: 'L1' },
            { value: 3, phase: 'L3' },
          ],
        },
      ).map(({ from, to, how }) => `${from} ${to} ${how}`),
    ).toEqual([
      'at.time when.time same',
      'samples[0].value values[0].value a number',
      'samples[0].phase values[0].phase same',
      'samples[1] undefined left out',
      'samples[2].value values[1].value a number',
      'samples[2].phase values[1].phase same',
    ]);
    expect(explain(fields, 'up', { samples: [{ value: '1' }] }, {})).toMatchObject([
      { from: 'samples', how: 'left out' },
    ]);
    expect(explain(fields, 'down', { values: [] }, { samples: [{ value: '7' }] })).toEqual([
      { to: 'samples[0]', rule: 'list', how: 'made', after: { value: '7' } },
    ]);
  });

  it('names what crosses without a row, where all else is the same', () => {
    const fields = sameBut(row('info.reason', 'info.reason', widened(['Other', 'New'])));
    const source = { seqNo: 1, info: { id: 'a', reason: 'New' } };
    const target = { seqNo: 1, info: { id: 'a', reason: 'Other' } };
    expect(explain(fields, 'down', source, target).map(({ from, how }) => `${from}: ${how}`)).toEqual([
      'info.reason: table',
      'seqNo: same',
      'info.id: same',
    ]);
  });

  it('credits a field to the row that wrote it', () => {
    const serial = rows(
      row(
        'boxSerial',
        'serial',
        convert('only where there is no pointSerial', keep, () => undefined),
      ),
      row('pointSerial', 'serial', same),
    );
    expect(explain(serial, 'up', { boxSerial: 'B', pointSerial: 'P' }, { serial: 'P' })).toMatchObject([
      { from: 'boxSerial', before: 'B', how: 'only where there is no pointSerial' },
      { from: 'pointSerial', to: 'serial', after: 'P' },
    ]);
    expect(explain(serial, 'up', { boxSerial: 'B' }, { serial: 'B' })).toMatchObject([
      { from: 'boxSerial', after: 'B' },
    ]);
  });

  it('reads through lists that a row leads through', () => {
    const fields = rows(row('key', 'data.component', procedure('the table of keys')));
    expect(explain(fields, 'down', { data: [{ component: 'A' }, { component: 'B' }] }, { key: 'a' })).toMatchObject([
      { from: 'data[].component', before: ['A', 'B'], after: 'a' },
    ]);
    expect(explain(fields, 'down', { data: [{ component: 'A' }] }, { key: 'a' })).toMatchObject([
      { from: 'data[0].component', before: 'A' },
    ]);
  });
});
