import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { type TranslateOptions, translateCommand } from '../../src/translate/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'translate-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as from a pipe, in no terminal. */
async function translate(
  message: string | undefined,
  options: Partial<TranslateOptions> = {},
  stdin = '',
): Promise<Ran> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await translateCommand(message, { from: '1.6', to: '2.1', now: '2026-01-01T00:00:00Z', ...options }, {
    stdin: Readable.from([stdin]),
    stdout,
    stderr,
  } as unknown as Parameters<typeof translateCommand>[2]);
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

/** The lines that follow a title, up to the next empty one. */
function part({ out }: Ran, title: string): readonly string[] {
  const lines = out.split('\n');
  const at = lines.findIndex((line) => line.startsWith(title));
  if (at < 0) throw new Error(`no "${title}" in\n${out}`);
  return lines.slice(at + 1, lines.indexOf('', at));
}

const reset = '[2,"m1","Reset",{"type":"Soft"}]';

describe('a message and what becomes of it', () => {
  it('shows the frames and the rows of every hop, there and back', async () => {
    const ran = await translate(reset);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(part(ran, '→ to the 2.1 station')).toEqual(['  [2,"m1","Reset",{"type":"Immediate"}]']);
    expect(part(ran, '1.6 → 2.0.1  Reset → Reset').at(-1)).toBe('  type  type  "Soft" → "Immediate"  table');
    expect(part(ran, '2.0.1 → 2.1  Reset → Reset').at(-1)).toBe('  type  type  "Immediate"  same');
    expect(part(ran, '→ answer of the 2.1 station, smallest valid answer')).toEqual([
      '  [3,"m1",{"status":"Accepted"}]',
    ]);
    expect(part(ran, '2.0.1 → 1.6  Reset answer')).toEqual(['  status  status  "Accepted"  same']);
    expect(part(ran, '→ answer to the 1.6 CSMS')).toEqual(['  [3,"m1",{"status":"Accepted"}]']);
    expect(ran.out).toContain('Translated.');
  });

  it('takes answers: payloads, frames, errors, silence', async () => {
    const back = async (...answer: string[]) => part(await translate(reset, { answer }), '→ answer to the 1.6 CSMS');
    expect(await back('{"status":"Rejected"}')).toEqual(['  [3,"m1",{"status":"Rejected"}]']);
    expect(await back('[3,"",{"status":"Scheduled"}]')).toEqual(['  [3,"m1",{"status":"Accepted"}]']);
    expect(await back('[4,"","NotSupported","no",{}]')).toEqual(['  [4,"m1","NotSupported","no",{}]']);
    const silent = await translate(reset, { answer: ['timeout'] });
    expect(silent.code).toBe(0);
    expect(part(silent, '→ answer of the 2.1 station')).toEqual(['  none in time']);
    expect((await translate(reset, { answer: ['{}', '{}'] })).err).toContain('/: lacks status');
    expect((await translate(reset, { answer: ['{"status":"Accepted"}', '{}'] })).err).toBe(
      '1 of the answers was not asked for\n',
    );
  });

  it('reads a payload with --action, a file, stdin, and messages over several lines', async () => {
    const wanted = '→ to the 2.1 station';
    const expected = ['  [2,"1","Reset",{"type":"Immediate"}]'];
    expect(part(await translate('{"type":"Soft"}', { action: 'Reset' }), wanted)).toEqual(expected);
    expect(part(await translate(undefined, { action: 'Reset' }, '{\n  "type": "Soft"\n}\n'), wanted)).toEqual(expected);
    const file = join(folder, 'frames.txt');
    writeFileSync(file, `${reset}\n\n[2,"m2","Reset",{"type":"Hard"}]\n`);
    for (const ran of [await translate(file), await translate('-', {}, JSON.stringify([JSON.parse(reset)]))]) {
      expect(part(ran, wanted)).toEqual(['  [2,"m1","Reset",{"type":"Immediate"}]']);
    }
    expect((await translate(file)).out).toContain('(line 3)');
  });

  it('keeps what it has to remember from line to line and, in a file, from run to run', async () => {
    const state = join(folder, 'state.json');
    const from = { from: '1.6', to: '2.0.1', state };
    const start =
      '[2,"a","StartTransaction",{"connectorId":1,"idTag":"T","meterStart":5,"timestamp":"2026-01-01T00:00:00Z"}]';
    const meter =
      '[2,"b","MeterValues",{"connectorId":1,"transactionId":1,"meterValue":[{"timestamp":"2026-01-01T00:01:00Z","sampledValue":[{"value":"7"}]}]}]';
    const stop = '[2,"c","StopTransaction",{"transactionId":1,"meterStop":9,"timestamp":"2026-01-01T00:02:00Z"}]';
    const first = await translate(`${start}\n${meter}`, from);
    expect(first.out).toContain('MeterValues → TransactionEvent');
    const second = await translate(stop, from);
    expect(part(second, '→ to the 2.0.1 CSMS')[0]).toContain('"eventType":"Ended"');
    const id = /"transactionId":"([^"]+)"/.exec(first.out)?.[1];
    expect(part(second, '→ to the 2.0.1 CSMS')[0]).toContain(id);
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({
      'station 1.6, CSMS 2.0.1': { lastTransactionId: 1 },
    });
    // The CSMS of the same deployment speaks of the same transaction.
    const ended = await translate(`{"transactionId":"${id}"}`, {
      from: '2.0.1',
      to: '1.6',
      action: 'RequestStopTransaction',
      state,
    });
    expect(ended.out).toContain('RequestStopTransaction: answered here');
  });

  it('says what was mended, and mends nothing with --strict', async () => {
    const boot = '[2,"m","BootNotification",{"chargePointModel":"M","chargePointVendor":"V","extra":1}]';
    const mended = await translate(boot);
    expect(mended.code).toBe(0);
    expect(part(mended, '→ from the 1.6 station')).toEqual([
      `  ${boot}`,
      '  ! /: has the unknown property extra',
      '  mended (unknownProperty), read as: {"chargePointModel":"M","chargePointVendor":"V"}',
    ]);
    expect(await translate(boot, { strict: true })).toMatchObject({
      code: 1,
      out: '',
      err: 'error: the payload is no valid OCPP 1.6 BootNotification (FormationViolation)\n  /: has the unknown property extra\n',
    });
  });

  it('shows what is lost and why, what is answered here, what is refused', async () => {
    const status =
      '[2,"m","StatusNotification",{"connectorId":1,"status":"Available","errorCode":"NoError","vendorId":"V"}]';
    expect((await translate(status)).out).toMatch(/"V" ✗ +2.x has no vendorId of a status/);
    const from = { from: '2.1', to: '1.6' };
    const here = await translate('[2,"m","UsePriorityCharging",{"transactionId":"a","activate":true}]', from);
    expect(here).toMatchObject({ code: 0 });
    expect(here.out).toContain('Answered without a Call to the other side.');
    const meter =
      '[2,"m","MeterValues",{"evseId":-1,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":1}]}]}]';
    const refused = await translate(meter, { from: '2.0.1' });
    expect(refused.code).toBe(1);
    expect(refused.out).toContain('Refused: it cannot be said in the other version.');
    expect(part(refused, '→ answer to the 2.0.1 station')[0]).toContain('PropertyConstraintViolation');
  });

  it('does by itself what is to be done after the answer', async () => {
    const frames = [
      '[2,"a","TransactionEvent",{"eventType":"Started","timestamp":"2026-01-01T00:00:00Z","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":"T","chargingState":"EVConnected"},"idToken":{"idToken":"TAG","type":"ISO14443"}}]',
      '[2,"b","TransactionEvent",{"eventType":"Updated","timestamp":"2026-01-01T00:01:00Z","triggerReason":"CablePluggedIn","seqNo":1,"transactionInfo":{"transactionId":"T","chargingState":"EVConnected"},"evse":{"id":1,"connectorId":1}}]',
    ].join('\n');
    const answer = ['{"transactionId":4,"idTagInfo":{"status":"Blocked"}}'];
    const ran = await translate(frames, { from: '2.0.1', to: '1.6', answer: ['{}', ...answer] });
    expect(ran.out).toContain('will do: RequestStopTransaction to the station');
    expect(part(ran, '→ to the 2.0.1 station')[0]).toContain('RequestStopTransaction');
  });

  it('writes one line of JSON for each message with --json', async () => {
    const { out } = await translate(`${reset}\n${reset}`, { json: true });
    const [first, second, end] = out.split('\n');
    expect(second).toBe(first?.replace('line 1', 'line 2'));
    expect(end).toBe('');
    expect(JSON.parse(first as string)).toMatchObject({
      from: '1.6',
      to: '2.1',
      side: 'csms',
      end: 'translated',
      frame: [2, 'm1', 'Reset', { type: 'Soft' }],
      answer: [3, 'm1', { status: 'Accepted' }],
      events: expect.arrayContaining([
        expect.objectContaining({ kind: 'sent', to: 'station', frame: [2, 'm1', 'Reset', { type: 'Immediate' }] }),
      ]),
    });
  });
});

describe('what cannot be translated', () => {
  it.each([
    ['[2,"m","Reest",{}]', {}, 'OCPP 1.6 has no Action Reest; did you mean Reset?'],
    ['[2,"m","TransactionEvent",{}]', {}, 'OCPP 1.6 has no Action TransactionEvent; it is one of OCPP 2.0.1 and 2.1'],
    ['[2,"m","Reset",{"type":"Odd"}]', {}, '/type: is not one of Hard, Soft'],
    ['[2,"m","Reset",{"type":"Soft" "a":1}]', {}, 'position 30'],
    ['[2,"m","Reset",{"type":"Soft"}', {}, 'the frame is not JSON'],
    ['[3,"m",{}]', {}, 'the frame is a CallResult'],
    ['["m"]', {}, 'a Call is written [2,"id","Action",{…}]'],
  ])('%s: exit code 1', async (message, options, error) => {
    const ran = await translate(message, options);
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain(error);
  });

  it('shows where JSON is wrong', async () => {
    const { err } = await translate('[2,"m","Reset",{"type":"Soft" "a":1}]');
    const [, line, caret] = err.split('\n') as [string, string, string];
    expect(line.slice(caret.indexOf('^'))).toBe('"a":1}]');
  });

  it('goes on with the next line', async () => {
    const ran = await translate(`nonsense]\n${reset}`, {}, '');
    expect(ran.code).toBe(2);
    const lines = await translate('-', {}, `[2,"m","Nope",{}]\n${reset}`);
    expect(lines.code).toBe(1);
    expect(lines.err).toContain('line 1: OCPP 1.6 has no Action Nope');
    expect(lines.out).toContain('Translated.');
  });

  it.each([
    [reset, { from: '1.7' }, '--from 1.7: there is no such version of OCPP; there are 1.5, 1.6, 2.0.1, 2.1'],
    [reset, { side: 'station' }, 'in OCPP 1.6 Reset is sent by the csms'],
    [reset, { side: 'both' }, '--side both: it is station or csms'],
    [reset, { action: 'Reset' }, '--action is for a payload without its frame'],
    ['{"type":"Soft"}', {}, 'needs --action'],
    ['/no/such/file', {}, 'no file: ENOENT'],
    ['-', {}, 'there is no message to translate'],
    [reset, { answer: ['{'] }, '--answer is not JSON'],
    [reset, { answer: ['7'] }, 'this is no payload'],
    [reset, { answer: ['[4,"","Odd"]'] }, 'OCPP has no error code Odd'],
    [reset, { now: 'noon' }, '--now noon: this is no time'],
    [reset, { state: import.meta.filename }, 'is not JSON'],
  ])('%s with %o: exit code 2', async (message, options, error) => {
    const ran = await translate(message, options);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain(error);
  });

  it('refuses a file of state that is not one', async () => {
    const state = join(folder, 'other.json');
    writeFileSync(state, '{"a":1}');
    expect((await translate(reset, { state })).err).toContain('was not written by evsebridge translate');
  });
});
