import { expect, test } from 'vitest';
import { fromLocalTime, zoneOffset } from '../../../src/ocpp/translate/zone.ts';

const HOUR = 3_600_000;
const january = Date.UTC(2026, 0, 1);
const july = Date.UTC(2026, 6, 1);

test.each<[string, number, number | undefined]>([
  ['Z', january, 0],
  ['+02:00', january, 2 * HOUR],
  ['-0530', january, -5.5 * HOUR],
  [' +01:00 ', july, HOUR],
  ['UTC', january, 0],
  ['Europe/Berlin', january, HOUR],
  ['Europe/Berlin', july, 2 * HOUR],
  ['Asia/Kathmandu', july, 5.75 * HOUR],
  ['America/St_Johns', january, -3.5 * HOUR],
  ['Nowhere/Land', january, undefined],
  ['', january, undefined],
])('%s is %d ms', (zone, at, offset) => expect(zoneOffset(zone, at)).toBe(offset));

test.each<[string, string, string | undefined]>([
  ['2026-01-05T22:00:00Z', 'Europe/Berlin', '2026-01-05T21:00:00.000Z'],
  ['2026-07-05T22:00:00+09:00', 'Europe/Berlin', '2026-07-05T20:00:00.000Z'],
  ['2026-07-05T22:00:00.5', '-01:00', '2026-07-05T23:00:00.500Z'],
  // Clocks go forward at 2:00 and back at 3:00.
  ['2026-03-29T01:59:00Z', 'Europe/Berlin', '2026-03-29T00:59:00.000Z'],
  ['2026-03-29T03:00:00Z', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
  ['2026-10-25T02:30:00Z', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  ['2026-10-25T03:30:00Z', 'Europe/Berlin', '2026-10-25T02:30:00.000Z'],
  ['2026-07-05T22:00:00Z', 'Nowhere/Land', undefined],
  ['yesterday', 'Europe/Berlin', undefined],
])('%s in %s is %s', (local, zone, at) => expect(fromLocalTime(local, zone)).toBe(at));
