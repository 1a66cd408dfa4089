import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalRecord, PageQuery, Store, TokenRow } from '../../src/gateway/ports.ts';
import { InvalidCursor, openStore } from '../../src/storage/store.ts';
import { type TestDatabase, testDatabases } from '../support/databases.ts';
import { command, common, entry, memoryLog, meterValue, one, readAll, station, transaction } from './support.ts';

describe.each(await testDatabases())('the ports on $name', ({ open }) => {
  let database: TestDatabase;
  let store: Store;

  beforeAll(async () => {
    database = await open();
    store = await openStore({ ...database.options, ...common, log: memoryLog() });
  });
  afterAll(async () => {
    await store?.close();
    await database?.drop();
  });

  describe('stations', () => {
    it('gives back everything that was stored of a station', async () => {
      const row = station({
        id: 'S-all',
        serialNumber: 'Zähler 1',
        admission: 'Pending',
        passwordHash: 'a:b',
        strict: true,
        deviations: { 'bad\u0000code': 2, ok: 1 },
        assumeVersion: '1.6',
        lastSeenAt: 1_700_000_000_123,
      });
      const connectors = [
        { stationId: 'S-all', evseId: 1, connectorId: 1, status: 'Available', at: 5 },
        { stationId: 'S-all', evseId: 1, connectorId: 2, status: 'Occupied', at: 6 },
        { stationId: 'S-all', evseId: 2, connectorId: 1, status: 'Faulted', at: 7 },
      ];
      await store.commits.commit({ journal: [], stations: [row], connectors: connectors.toReversed() });
      expect(await store.stations.get('S-all')).toEqual({ station: row, connectors });
      expect(await store.stations.get('S-none')).toBeUndefined();
    });

    it('loads a snapshot: the station, its open and last ended transactions, its translation state and answers', async () => {
      const stationId = 'S-load';
      const ended = Array.from({ length: 14 }, (_, index) =>
        transaction({ stationId, startedAt: 1000 + index, endedAt: 2000 + index }),
      );
      const opened = transaction({ stationId, startedAt: 1 });
      await store.commits.commit({
        journal: [
          entry({
            stationId,
            direction: 'out',
            type: 'CallResult',
            identity: 'first',
            payload: '{"a":"\\u0000\\ud800"}',
          }),
          entry({ stationId }),
          entry({ stationId, identity: 'second', answer: { type: 'CallResult', payload: '{}', head: null } }),
        ],
        stations: [station({ id: stationId })],
        connectors: [{ stationId, evseId: 1, connectorId: 0, status: 'Available', at: 1 }],
        transactions: [...ended, opened],
        translation: [
          { stationId, table: 'tx', key: 'a', value: '{"n":"\\u0000"}' },
          { stationId, table: 'tx', key: 'b', value: '2' },
        ],
      });
      await store.commits.commit({ journal: [], translation: [{ stationId, table: 'tx', key: 'b', value: null }] });
      const snapshot = await store.stations.load(stationId);
      expect(snapshot).toEqual({
        station: station({ id: stationId }),
        connectors: [{ stationId, evseId: 1, connectorId: 0, status: 'Available', at: 1 }],
        transactions: [opened, ...ended.slice(4)],
        translation: [{ stationId, table: 'tx', key: 'a', value: '{"n":"\\u0000"}' }],
        answers: [
          { identity: 'first', payload: '{"a":"\\u0000\\ud800"}' },
          { identity: 'second', payload: '{}' },
        ],
        moreAnswers: false,
        upstreamQueue: [],
      });
      expect(await store.stations.load('S-none')).toBeUndefined();
    });

    it('loads the newest 32 answers, and tells that there are more; an answer is found however old', async () => {
      const stationId = 'S-answers';
      const answers = Array.from({ length: 300 }, (_, index) => ({
        identity: `id-${index}`,
        payload: `{"n":${index}}`,
      }));
      await store.commits.commit({ journal: [], stations: [station({ id: stationId })] });
      for (const answer of answers) void store.commits.commit(one({ stationId, ...answer }));
      await store.commits.commit(one({ stationId, identity: 'id-7', payload: '{"n":"later"}' }));
      const snapshot = await store.stations.load(stationId);
      expect(snapshot?.answers).toEqual([...answers.slice(269), { identity: 'id-7', payload: '{"n":"later"}' }]);
      expect(snapshot?.moreAnswers).toBe(true);
      // An owner's answer comes after the one that was ready.
      expect(await store.stations.findAnswer(stationId, 'id-7')).toEqual({
        identity: 'id-7',
        payload: '{"n":"later"}',
      });
      expect(await store.stations.findAnswer(stationId, 'id-300')).toBeUndefined();
      expect(await store.stations.findAnswer('S-load', 'id-7')).toBeUndefined();
    });

    it('looks back seven days for answers in a snapshot, and says when there are older ones', async () => {
      const stationId = 'S-old';
      const at = Date.now() - 8 * 86_400_000;
      await store.commits.commit({
        ...one({ stationId, identity: 'old', at }),
        stations: [station({ id: stationId })],
      });
      expect(await store.stations.load(stationId)).toMatchObject({ answers: [], moreAnswers: true });
      expect(await store.stations.findAnswer(stationId, 'old')).toMatchObject({ identity: 'old' });
    });

    it('lists by pattern, Version and registration', async () => {
      await store.commits.commit({
        journal: [],
        stations: [
          station({ id: 'L_1', version: '2.0.1' }),
          station({ id: 'L_2', registrationStatus: 'Pending' }),
          station({ id: 'Lx2' }),
          station({ id: 'L_10', version: '2.0.1', registrationStatus: null }),
          station({ id: 'L%\\*' }),
        ],
        connectors: [{ stationId: 'L_2', evseId: 1, connectorId: 1, status: 'Available', at: 1 }],
      });
      const ids = async (filter: Parameters<Store['stations']['list']>[0]) =>
        (await readAll((page) => store.stations.list(filter, page), 2)).map(({ station: { id } }) => id);
      expect(await ids({ id: 'L*' })).toEqual(['L%\\*', 'L_1', 'L_10', 'L_2', 'Lx2']);
      expect(await ids({ id: 'L_?' })).toEqual(['L_1', 'L_2']);
      expect(await ids({ id: 'L%*' })).toEqual(['L%\\*']);
      expect(await ids({ id: 'L*', version: '2.0.1' })).toEqual(['L_1', 'L_10']);
      expect(await ids({ id: 'L*', registrationStatus: 'Pending' })).toEqual(['L_2']);
      const { items } = await store.stations.list({ id: 'L_2' }, { limit: 1 });
      expect(items[0]?.connectors).toEqual([
        { stationId: 'L_2', evseId: 1, connectorId: 1, status: 'Available', at: 1 },
      ]);
    });

    it('forgets a station with its state, and keeps its transactions and Journal', async () => {
      const stationId = 'S-gone';
      const kept = transaction({ stationId });
      await store.commits.commit({
        ...one({ stationId }),
        stations: [station({ id: stationId })],
        connectors: [{ stationId, evseId: 1, connectorId: 1, status: 'Available', at: 1 }],
        variables: [
          { stationId, key: 'k', attribute: 'Actual', value: 'v', mutability: null, characteristics: null, at: 1 },
        ],
        transactions: [kept],
        translation: [{ stationId, table: 't', key: 'k', value: '1' }],
      });
      expect(await store.stations.delete(stationId)).toBe(true);
      expect(await store.stations.delete(stationId)).toBe(false);
      expect(await store.stations.load(stationId)).toBeUndefined();
      expect((await store.stations.variables(stationId, { limit: 10 })).items).toEqual([]);
      expect(await store.transactions.get(kept.id)).toEqual(kept);
      expect((await store.journal.messages(stationId, {}, { limit: 10 })).items).toHaveLength(1);
      await store.commits.commit({ journal: [], stations: [station({ id: stationId })] });
      expect(await store.stations.load(stationId)).toMatchObject({ connectors: [], translation: [] });
    });

    it('keeps the variables of a station, page by page', async () => {
      const variables = Array.from({ length: 25 }, (_, index) => ({
        stationId: 'S-var',
        key: `Component.Variable${String(index >> 1).padStart(2, '0')}`,
        attribute: index % 2 === 0 ? ('Actual' as const) : ('Target' as const),
        value: index === 3 ? null : `value\u001f${index}`,
        mutability: 'ReadWrite',
        characteristics: index === 4 ? null : { dataType: 'string', text: '\u0000' },
        at: index,
      }));
      await store.commits.commit({ journal: [], variables });
      await store.commits.commit({ journal: [], variables: [{ ...variables[0]!, value: 'new' }] });
      const read = await readAll((page) => store.stations.variables('S-var', page), 4);
      expect(read).toEqual([{ ...variables[0], value: 'new' }, ...variables.slice(1)]);
    });
  });

  describe('transactions', () => {
    it('are one row for life', async () => {
      const begun = transaction();
      await store.commits.commit({ journal: [], transactions: [begun] });
      expect(await store.transactions.get(begun.id)).toEqual(begun);
      const over = {
        ...begun,
        endedAt: 5,
        meterStop: 1e-7,
        energyWh: 12345678.9,
        remoteStartId: 2 ** 40,
        metering: null,
      };
      await store.commits.commit({ journal: [], transactions: [over] });
      expect(await store.transactions.get(begun.id)).toEqual(over);
      expect(await store.transactions.get('no such')).toBeUndefined();
    });

    it('are listed newest first by every filter', async () => {
      const rows = Array.from({ length: 60 }, (_, index) =>
        transaction({
          stationId: index % 2 === 0 ? 'T-even' : 'T-odd',
          idToken: index % 3 === 0 ? 'Tok3' : `tok-${index}`,
          startedAt: 5_000_000 + (index >> 2),
          endedAt: index % 5 === 0 ? null : 6_000_000,
        }),
      );
      await store.commits.commit({ journal: [], transactions: rows });
      const newestFirst = rows.toSorted((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
      const both = { from: 5_000_000, to: 5_000_100 };
      const list = (filter: Parameters<Store['transactions']['list']>[0]) =>
        readAll((page) => store.transactions.list({ ...both, ...filter }, page), 7);
      expect(await list({})).toEqual(newestFirst);
      expect(await list({ stationId: 'T-odd' })).toEqual(newestFirst.filter((row) => row.stationId === 'T-odd'));
      expect(await list({ active: true })).toEqual(newestFirst.filter((row) => row.endedAt === null));
      expect(await list({ active: false })).toEqual(newestFirst.filter((row) => row.endedAt !== null));
      expect(await list({ idToken: 'TOK3' })).toEqual(newestFirst.filter((row) => row.idToken === 'Tok3'));
      expect(await list({ stationId: 'T-even', active: true, idToken: 'tok3' })).toEqual(
        newestFirst.filter((row) => row.stationId === 'T-even' && row.endedAt === null && row.idToken === 'Tok3'),
      );
      expect(await list({ from: 5_000_002, to: 5_000_004 })).toEqual(
        newestFirst.filter((row) => row.startedAt >= 5_000_002 && row.startedAt < 5_000_004),
      );
      const open = await store.transactions.openTokens();
      for (const row of rows) {
        expect(open.some(({ id, idToken }) => id === row.id && idToken === row.idToken)).toBe(row.endedAt === null);
      }
    });

    it('are paged without skip or repeat while new ones arrive', async () => {
      const filter = { stationId: 'T-grow' };
      const rows = Array.from({ length: 30 }, (_, index) => transaction({ ...filter, startedAt: index >> 1 }));
      await store.commits.commit({ journal: [], transactions: rows });
      let newer = 1000;
      const read = await readAll(
        (page) => store.transactions.list(filter, page),
        4,
        () => store.commits.commit({ journal: [], transactions: [transaction({ ...filter, startedAt: newer++ })] }),
      );
      expect(read.map(({ id }) => id).toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
    });

    it('have meter values, oldest first, in the order of arrival within a moment', async () => {
      const transactionId = 'T-meter';
      const rows = Array.from({ length: 40 }, (_, index) =>
        meterValue({
          transactionId,
          at: 1000 - (index >> 2),
          evseId: index % 7 === 0 ? null : index,
          sampledValue: `[${index}, "\\u0000"]`,
        }),
      );
      for (const row of rows)
        void store.commits.commit({ journal: [], meterValues: [row, meterValue({ transactionId: null })] });
      await store.commits.commit({ journal: [], meterValues: [] });
      const oldestFirst = rows
        .map((row, index) => ({ row, index }))
        .toSorted((a, b) => a.row.at - b.row.at || a.index - b.index);
      const read = await readAll((page) => store.transactions.meterValues(transactionId, page), 7);
      expect(read).toEqual(oldestFirst.map(({ row }) => row));
    });
  });

  describe('tokens', () => {
    it('are found without regard to case, and keep their spelling', async () => {
      const token = {
        idToken: 'DeadBeef',
        type: 'ISO14443',
        status: 'Accepted',
        groupIdToken: null,
        expiresAt: 1_900_000_000_000,
        maxActiveTransactions: 2,
      };
      await store.tokens.put(token);
      expect(await store.tokens.get('DEADBEEF')).toEqual(token);
      const again = {
        ...token,
        idToken: 'DEADbeef',
        status: 'Blocked',
        groupIdToken: 'G',
        expiresAt: null,
        maxActiveTransactions: null,
      };
      await store.tokens.put(again);
      expect(await store.tokens.get('deadbeef')).toEqual(again);
      expect(await store.tokens.delete('dEADBEEF')).toBe(true);
      expect(await store.tokens.delete('DeadBeef')).toBe(false);
      expect(await store.tokens.get('DeadBeef')).toBeUndefined();
    });

    it('are listed by status, and all of them', async () => {
      const rows = Array.from({ length: 11 }, (_, index) => ({
        idToken: `${index % 2 === 0 ? 'lower' : 'UPPER'}${index}`,
        type: 'Central',
        status: index % 3 === 0 ? 'Blocked' : 'Accepted',
        groupIdToken: null,
        expiresAt: null,
        maxActiveTransactions: null,
      }));
      for (const row of rows) await store.tokens.put(row);
      const key = (row: { idToken: string }) => row.idToken.toLowerCase();
      const sorted = rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
      expect(await readAll((page) => store.tokens.list({}, page), 3)).toEqual(sorted);
      expect(await readAll((page) => store.tokens.list({ status: 'Blocked' }, page), 2)).toEqual(
        sorted.filter(({ status }) => status === 'Blocked'),
      );
      const all: TokenRow[] = [];
      for await (const some of store.tokens.all()) all.push(...some);
      expect(all).toEqual(sorted);
    });
  });

  describe('commands', () => {
    it('are stored whole and listed newest first', async () => {
      const stationId = 'C-list';
      const rows = Array.from({ length: 9 }, (_, index) =>
        command({
          stationId,
          createdAt: 1000 + (index >> 1),
          state: 'completed',
          response: { status: 'Accepted', note: '\u0000 \ud800' },
          error: index === 0 ? { code: 'GenericError', description: '' } : null,
          native: [
            { action: 'Reset', request: { type: 'Hard' }, response: null, error: { code: 'x', description: 'y' } },
          ],
        }),
      );
      await store.commits.commit({ journal: [], commands: rows });
      expect(await store.commands.get(rows[0]!.id)).toEqual(rows[0]);
      expect(await store.commands.get('none')).toBeUndefined();
      expect(await readAll((page) => store.commands.list(stationId, page), 2)).toEqual(
        rows.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)),
      );
    });

    it('have one idempotency key per station', async () => {
      const first = command({ stationId: 'C-key', idempotencyKey: 'k' });
      const other = command({ stationId: 'C-key2', idempotencyKey: 'k' });
      await store.commits.commit({ journal: [], commands: [first, other] });
      expect(await store.commands.findByIdempotencyKey('C-key', 'k')).toEqual(first);
      expect(await store.commands.findByIdempotencyKey('C-key', 'l')).toBeUndefined();
      const second = store.commits.commit({
        journal: [],
        commands: [command({ stationId: 'C-key', idempotencyKey: 'k' })],
      });
      await expect(second).rejects.toMatchObject({ name: 'StoreRefused' });
    });

    it('are left unfinished by a process that ended, not by this one', async () => {
      const queued = command({ stationId: 'C-left', state: 'queued', createdAt: 1 });
      const sent = command({ stationId: 'C-left', state: 'sent', createdAt: 2 });
      const done = command({ stationId: 'C-left', state: 'completed' });
      await store.commits.commit({ journal: [], commands: [queued, sent, done] });
      expect(await store.commands.unfinished()).toEqual([]);
      await store.close();
      store = await openStore({ ...database.options, ...common, log: memoryLog() });
      expect((await store.commands.unfinished()).filter(({ stationId }) => stationId === 'C-left')).toEqual([
        queued,
        sent,
      ]);
    });
  });

  describe('the Journal', () => {
    it('gives back messages as they were, by station, Action and direction, in both orders', async () => {
      const stationId = 'J-all';
      const entries = Array.from({ length: 20 }, (_, index) =>
        entry({
          stationId,
          direction: index % 2 === 0 ? 'in' : 'out',
          action: index % 4 === 0 ? 'StartTransaction' : null,
          headAction: index % 4 === 0 ? 'TransactionEvent' : null,
          messageId: index === 5 ? null : `message \u001d\u001e\u001f ${index}`,
          version: index === 6 ? null : '1.6',
          payload: `{"text":"\\u0000 \\ud800 \u{1f50c} ${'x'.repeat(index * 300)}"}`,
          head: index === 7 ? null : '{ "a" :\n\t1 }',
          events: index === 8 ? [{ type: 'evsebridge.a.b', data: { text: '\u0000\ud800' } }] : [],
        }),
      );
      const first = await store.commits.commit({ journal: entries });
      const records: JournalRecord[] = entries.map(({ identity: _, ...rest }, index) => ({
        seq: first + index,
        ...rest,
      }));
      const messages = (filter: Parameters<Store['journal']['messages']>[1]) =>
        readAll((page) => store.journal.messages(stationId, filter, page), 3);
      expect(await messages({})).toEqual(records);
      expect(await messages({ order: 'desc' })).toEqual(records.toReversed());
      expect(await messages({ direction: 'out' })).toEqual(records.filter(({ direction }) => direction === 'out'));
      for (const action of ['StartTransaction', 'TransactionEvent']) {
        expect(await messages({ action, order: 'desc' })).toEqual(
          records.filter((row) => row.action !== null).toReversed(),
        );
      }
      expect(await store.journal.lastSeq()).toBe(first + 19);
      expect(await store.journal.firstSeq()).toBe(1);
    });

    it('gives back a Call and the answer stored with it as two messages, wherever a page ends', async () => {
      const stationId = 'J-answers';
      const event = { type: 'evsebridge.a.b', data: {} };
      const answer = { type: 'CallResult', payload: '{"currentTime":1}', head: '{"inHead":1}' } as const;
      const entries = [
        entry({ stationId, messageId: '1', action: 'Heartbeat', answer }),
        entry({ stationId, messageId: '2', action: 'StartTransaction', events: [event, event, event], answer }),
        entry({ stationId, messageId: '3', direction: 'out', action: 'Reset' }),
        entry({ stationId, messageId: '4', action: 'StartTransaction', answer: { ...answer, head: null } }),
        entry({ stationId, messageId: '5', action: 'Heartbeat', events: [event, event] }),
        entry({ stationId, messageId: '6', direction: 'out', action: 'Reset', answer }),
      ];
      const heard: JournalRecord[] = [];
      const stop = store.commits.onCommitted((records) => heard.push(...records));
      const first = await store.commits.commit({ journal: entries });
      stop();
      const record = (index: number, seq: number): JournalRecord => {
        const { identity: _identity, answer: _answer, ...message } = entries[index]!;
        return { ...message, seq: first + seq };
      };
      const answerTo = (index: number, seq: number): JournalRecord => {
        const call = record(index, seq);
        return { ...call, ...entries[index]!.answer!, direction: call.direction === 'in' ? 'out' : 'in', events: [] };
      };
      const records = [
        record(0, 0),
        answerTo(0, 1),
        record(1, 2),
        answerTo(1, 5),
        record(2, 6),
        record(3, 7),
        answerTo(3, 8),
        record(4, 9),
        record(5, 11),
        answerTo(5, 12),
      ];
      expect(heard.filter((each) => each.stationId === stationId)).toEqual(records);
      expect(await store.journal.lastSeq()).toBe(first + 12);
      for (const action of [undefined, 'StartTransaction', 'Reset']) {
        for (const direction of [undefined, 'in', 'out'] as const) {
          for (const order of ['asc', 'desc'] as const) {
            const expected = records.filter(
              (each) =>
                (action === undefined || each.action === action) &&
                (direction === undefined || each.direction === direction),
            );
            for (const limit of [1, 2, 3, 4, 10, 11]) {
              const read = (page: PageQuery) => store.journal.messages(stationId, { action, direction, order }, page);
              expect(await readAll(read, limit)).toEqual(order === 'asc' ? expected : expected.toReversed());
            }
          }
        }
      }
      const { records: withEvents } = await store.journal.eventsAfter(first, 10);
      expect(withEvents).toEqual([record(1, 2), record(4, 9)]);
    });

    it('tells events after any number, also in the midst of an entry, and how far it has read', async () => {
      const event = (what: string) => ({ type: `evsebridge.test.${what}`, data: {} });
      const before = await store.journal.lastSeq();
      const first = await store.commits.commit({
        journal: [
          entry(),
          entry({ events: [event('a'), event('b'), event('c')] }),
          entry(),
          entry({ events: [event('d')] }),
          entry(),
          entry(),
        ],
      });
      expect(first).toBe(before + 1);
      const eventsAfter = async (seq: number, limit: number) => {
        const { records, upTo } = await store.journal.eventsAfter(seq, limit);
        return [records.map((record) => [record.seq - before, record.events.length]), upTo - before];
      };
      expect(await eventsAfter(before, 10)).toEqual([
        [
          [2, 3],
          [6, 1],
        ],
        8,
      ]);
      expect(await eventsAfter(before + 2, 10)).toEqual([
        [
          [2, 3],
          [6, 1],
        ],
        8,
      ]);
      expect(await eventsAfter(before + 3, 1)).toEqual([[[2, 3]], 4]);
      expect(await eventsAfter(before + 4, 1)).toEqual([[[6, 1]], 6]);
      expect(await eventsAfter(before + 6, 10)).toEqual([[], 8]);
      expect(await eventsAfter(before + 8, 10)).toEqual([[], 8]);
    });
  });

  it('reserves numbers once and for all, from 1', async () => {
    expect(await store.counters.reserve('transactionId', 5)).toBe(1);
    expect(await store.counters.reserve('transactionId', 1)).toBe(6);
    expect(await store.counters.reserve('other', 1)).toBe(1);
    const many = await Promise.all(Array.from({ length: 20 }, () => store.counters.reserve('many', 3)));
    expect(many.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => 1 + index * 3));
    await expect(store.counters.reserve('many', 0)).rejects.toThrow(RangeError);
  });

  it('refuses pages and cursors that make no sense', async () => {
    const list = (limit: number, cursor?: string) => store.transactions.list({}, { limit, cursor });
    await expect(list(0)).rejects.toThrow(RangeError);
    await expect(list(1001)).rejects.toThrow(RangeError);
    for (const cursor of [
      '',
      'x',
      'WzNd',
      Buffer.from('[1,"a\\u0000"]').toString('base64url'),
      Buffer.from('{}').toString('base64url'),
    ]) {
      await expect(list(1, cursor)).rejects.toThrow(InvalidCursor);
    }
  });

  it('answers a ping', async () => {
    await store.ping();
  });
});
