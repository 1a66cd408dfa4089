/** Profiles of a 1.6 station that take turns, and what becomes of a change when the process dies on the way. */
import { describe, expect, test } from 'vitest';
import { between16and201 } from '../../../../src/ocpp/translate/1.6-2.0.1/index.ts';
import { at, type Bridge, bridge, crash, failure, type Reply } from '../../../support/translation.ts';
import { accepted, ids, make, rejected, reportedIds, reports, set, start } from './smart-charging-support.ts';

describe('profiles that take turns', () => {
  const morning = { id: 1, validTo: at(60) };
  const evening = { id: 2, validFrom: at(60), validTo: at(120) };

  test('the later one is held here, and installed when its time comes', () => {
    const b = make();
    set(b, 1, morning);
    const later = set(b, 1, evening);
    expect(later).toMatchObject({ calls: [], answer: accepted });
    expect(reportedIds(b)).toEqual([1, 2]);
    b.restart();
    b.now += 60 * 60_000 - 1;
    expect(b.emitted()).toEqual([]);
    b.now += 1;
    expect(b.emitted().map(ids)).toEqual([[['Set', 2]]]);
    expect(reportedIds(b)).toEqual([2]);
    b.restart();
    expect(b.emitted()).toEqual([]);
  });

  test('the earlier one takes the place of the later, which comes back in time', () => {
    const b = make();
    set(b, 1, evening);
    expect(ids(set(b, 1, morning))).toEqual([
      ['Clear', 2],
      ['Set', 1],
    ]);
    b.now += 60 * 60_000;
    expect(b.emitted().map(ids)).toEqual([[['Set', 2]]]);
  });

  test('the later one stays when the earlier is refused', () => {
    const b = make();
    set(b, 1, evening);
    const run = set(b, 1, morning, accepted, { status: 'Rejected' }, accepted);
    expect(ids(run)).toEqual([
      ['Clear', 2],
      ['Set', 1],
      ['Set', 2],
    ]);
    expect(run.answer).toEqual({ status: 'Rejected' });
    b.now += 60 * 60_000;
    expect(b.emitted().flatMap(({ calls }) => calls)).toEqual([]);
    expect(reportedIds(b)).toEqual([2]);
  });

  test('three of them, in any order', () => {
    const night = { id: 3, validFrom: at(120) };
    for (const order of [
      [morning, evening, night],
      [night, evening, morning],
      [evening, night, morning],
    ]) {
      const b = make();
      for (const one of order) expect(set(b, 1, one).answer).toEqual(accepted);
      b.now += 60 * 60_000;
      expect(b.emitted().map(ids)).toEqual([[['Set', 2]]]);
      b.now += 60 * 60_000;
      expect(b.emitted().map(ids)).toEqual([[['Set', 3]]]);
    }
  });

  test('a held one is cleared without a Call, by its id or by what it is', () => {
    for (const clear of [{ chargingProfileId: 2 }, { chargingProfileCriteria: { stackLevel: 0 } }]) {
      const b = make();
      set(b, 1, morning);
      set(b, 1, evening);
      const run = b.fromCsms(
        'ClearChargingProfile',
        clear,
        ...('chargingProfileId' in clear ? [] : [{ status: 'Unknown' }]),
      );
      expect(run.answer).toEqual(accepted);
      b.now += 60 * 60_000;
      expect(b.emitted()).toEqual([]);
    }
  });

  test('a held one is replaced by another of its id; one that is installed goes when its successor is held', () => {
    const b = make();
    set(b, 1, morning);
    set(b, 1, evening);
    expect(set(b, 1, { ...evening, validFrom: at(90) }).calls).toEqual([]);
    b.now += 60 * 60_000;
    expect(b.emitted().flatMap(({ calls }) => calls)).toEqual([]);
    b.now += 30 * 60_000;
    expect(b.emitted().map(ids)).toEqual([[['Set', 2]]]);
    set(b, 2, { id: 3, validTo: at(200) });
    expect(ids(set(b, 2, { id: 2, validFrom: at(300) }))).toEqual([['Clear', 2]]);
    expect(reportedIds(b)).toEqual([2, 3]);
  });

  test('its predecessor refuses to go: it is not held; without an answer it is', () => {
    const b = make();
    set(b, 2, { id: 2, stackLevel: 4 });
    set(b, 1, morning);
    expect(set(b, 1, evening, failure('NotSupported')).answer).toEqual(rejected('UnsupportedRequest'));
    expect(reports(b)).toMatchObject([{ evseId: 1 }, { evseId: 2, chargingProfile: [{ id: 2, stackLevel: 4 }] }]);
    expect(set(b, 1, evening, failure('GenericError', true)).refusal).toMatchObject({ uncertain: true });
    b.now += 60 * 60_000;
    expect(b.emitted().map(ids)).toEqual([[['Set', 2]]]);
  });

  test('no answer when its time comes: it is tried again; a refusal is told', () => {
    const b = make();
    set(b, 1, morning);
    set(b, 1, evening);
    b.now += 60 * 60_000;
    expect(b.emitted(failure('GenericError', true)).map(ids)).toEqual([[['Set', 2]]]);
    expect(b.emitted()).toEqual([]);
    b.now += 60_000;
    expect(b.emitted(crash).map(ids)).toEqual([[['Set', 2]]]);
    b.now += 60_000;
    expect(b.emitted({ status: 'Rejected' }).map(ids)).toEqual([[['Set', 2]]]);
    expect(b.notes.map(({ reason }) => reason)).toEqual(['profile 2 was refused by the station when its time came']);
    b.now += 60_000;
    expect(b.emitted()).toEqual([]);
    expect(reports(b)).toEqual([]);
  });

  test('they are duplicates when times overlap, at two places, in a transaction, or when that is wanted', () => {
    const b = make();
    set(b, 1, morning);
    expect(set(b, 1, { ...evening, validFrom: at(59) }).answer).toEqual(rejected('DuplicateProfile'));
    expect(set(b, 0, evening).answer).toEqual(rejected('DuplicateProfile'));
    const transactionId = start(b);
    const tx = { chargingProfilePurpose: 'TxProfile', transactionId };
    expect(set(b, 1, { ...morning, ...tx, id: 3 }).answer).toEqual(accepted);
    expect(set(b, 1, { ...evening, ...tx, id: 4 }).answer).toEqual(rejected('DuplicateProfile'));
    const strict = bridge('1.6', '2.0.1', [between16and201], { holdProfiles: false });
    set(strict, 1, morning);
    expect(set(strict, 1, evening).answer).toEqual(rejected('DuplicateProfile'));
  });
});

describe('the process dies while a profile is being moved', () => {
  /** Profile 1 is on EVSE 1; it is being put on EVSE 2. */
  const moving = (...replies: Reply[]): Bridge => {
    const b = make();
    set(b, 1, {});
    set(b, 2, {}, ...replies);
    return b;
  };
  const evses = (b: Bridge): unknown[] => reports(b).map(({ evseId }) => evseId);

  test.each<[string, Reply[]]>([
    ['before it is cleared', [crash]],
    ['after it is cleared', [accepted, crash]],
  ])('%s: it is moved by the next one', (_name, replies) => {
    const b = moving(...replies);
    expect(b.emitted().map(ids)).toEqual([
      [
        ['Clear', 1],
        ['Set', 1],
      ],
    ]);
    expect(evses(b)).toEqual([2]);
    expect(b.state.size('task')).toBe(0);
  });

  test('when the station refuses it then, it comes back', () => {
    const b = moving(accepted, crash);
    const [run] = b.emitted({ status: 'Unknown' }, { status: 'Rejected' }, { status: 'Unknown' }, accepted);
    // It may have come to EVSE 2 before: it is cleared there first.
    expect(run?.calls.map(({ action, payload }) => [action.slice(0, 3), payload.connectorId])).toEqual([
      ['Cle', undefined],
      ['Set', 2],
      ['Cle', undefined],
      ['Set', 1],
    ]);
    expect(evses(b)).toEqual([1]);
  });

  test('while it is being put back: that is brought to its end', () => {
    const b = moving(accepted, { status: 'Rejected' }, crash);
    expect(b.emitted().map(({ calls }) => calls.map(({ payload }) => payload.connectorId))).toEqual([[undefined, 1]]);
    expect(evses(b)).toEqual([1]);
  });

  test('no answer: it is tried again every minute, or before anything else is done with profiles', () => {
    const b = moving(accepted, failure('GenericError', true));
    expect(b.emitted()).toEqual([]);
    b.now += 60_000;
    expect(b.emitted(accepted, failure('GenericError', true)).map(ids)).toEqual([
      [
        ['Clear', 1],
        ['Set', 1],
      ],
    ]);
    const other = set(b, 1, { id: 5, stackLevel: 3 }, { status: 'Unknown' }, accepted, accepted);
    expect(ids(other)).toEqual([
      ['Clear', 1],
      ['Set', 1],
      ['Set', 5],
    ]);
    b.now += 60_000;
    expect(b.emitted()).toEqual([]);
  });

  test('a station that never answers is left alone in the end', () => {
    const b = moving(accepted, failure('GenericError', true));
    b.otherwise = failure('GenericError', true);
    let asked = 0;
    for (let minute = 0; minute < 30; minute++) {
      b.now += 60_000;
      asked += b.emitted().length;
    }
    expect(asked).toBe(10);
    expect(b.state.size('task')).toBe(0);
  });

  test('the transaction ended meanwhile: what was cleared comes back', () => {
    const b = make();
    const transactionId = start(b);
    set(b, 1, { id: 1 });
    set(b, 1, { id: 1, chargingProfilePurpose: 'TxProfile', transactionId }, accepted, crash);
    b.fromStation('StopTransaction', { transactionId: 1, meterStop: 1, timestamp: at(11) });
    expect(b.emitted().map(ids)).toEqual([
      [
        ['Clear', 1],
        ['Set', 1],
      ],
    ]);
    expect(reports(b)).toMatchObject([{ chargingProfile: [{ chargingProfilePurpose: 'TxDefaultProfile' }] }]);
  });
});
