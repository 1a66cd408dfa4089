import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { LocalAuthorization } from '../../src/station/authorization.ts';
import { CertificateStore, certificateRequest, hashCertificate } from '../../src/station/certificates.ts';
import { sample } from '../../src/station/meter.ts';
import { charge, outlets, powerAt, readMeter, type Vehicle } from '../../src/station/power.ts';
import { type ChargingProfile, ChargingProfiles, type Demand } from '../../src/station/profiles.ts';
import { Random } from '../../src/station/random.ts';
import { Schedule, StationClock } from '../../src/station/schedule.ts';
import { objectionTo, Settings, settings } from '../../src/station/settings.ts';

describe('power', () => {
  const vehicle = (soc: number): Vehicle => ({ seed: 5, battery: 58_000, maxPower: 100_000, phases: 1, soc });

  test('ramps up, holds a plateau, tapers above 80 % and ends at 100 %', () => {
    const outlet = outlets.dc60;
    const at = (soc: number, seconds: number) => powerAt(vehicle(soc), outlet, seconds, Number.POSITIVE_INFINITY);
    expect(at(30, 0)).toBe(0);
    expect(at(30, 5)).toBeLessThan(at(30, 15));
    for (let seconds = 30; seconds < 3600; seconds += 7) {
      expect(at(40, seconds)).toBeGreaterThan(0.96 * 60_000);
      expect(at(40, seconds)).toBeLessThanOrEqual(60_000);
    }
    expect(at(90, 600)).toBeLessThan(0.4 * at(79, 600));
    expect(at(99, 600)).toBeLessThan(0.15 * at(79, 600));
    expect(at(100, 600)).toBe(0);
    expect(powerAt(vehicle(40), outlet, 600, 11_000)).toBe(11_000);
  });

  test('a charge from 20 % fills the battery and no more', () => {
    const car = vehicle(20);
    let wattHours = 0;
    for (let seconds = 0; seconds < 4 * 3600; seconds += 5) {
      const step = (powerAt(car, outlets.dc60, seconds, Number.POSITIVE_INFINITY) * 5) / 3600;
      wattHours += step;
      charge(car, outlets.dc60, step);
    }
    expect(car.soc).toBeGreaterThan(99);
    expect(car.soc).toBeLessThanOrEqual(100);
    expect(wattHours).toBeGreaterThan(0.79 * 58_000);
    expect(wattHours).toBeLessThan((0.8 * 58_000) / 0.95 + 100);
  });

  test.each(['ac22', 'ac7', 'dc150'] as const)('voltage, current and power of %s agree', (name) => {
    const outlet = outlets[name];
    const car: Vehicle = { seed: 9, battery: 58_000, maxPower: 11_000, phases: outlet.kind === 'AC' ? 3 : 1, soc: 50 };
    for (const power of [0, 1400, 6900, 11_000]) {
      const { voltages, currents, powerFactor } = readMeter(outlet, car, power, 1234);
      const product = voltages.reduce((sum, voltage, phase) => sum + voltage * currents[phase]!, 0) * powerFactor;
      expect(product).toBeCloseTo(power, 6);
      for (const voltage of voltages) expect(Math.abs(voltage - (outlet.kind === 'AC' ? 230 : 375))).toBeLessThan(15);
    }
  });

  test('only what is asked for is sampled, phase by phase', () => {
    const reading = readMeter(outlets.ac22, undefined, 0, 0);
    const metered = { reading, outlet: outlets.ac22, register: 1234.9, interval: 3.21, offered: 0 };
    const samples = sample(['Voltage', 'Energy.Active.Import.Register', 'Taste'], metered);
    expect(samples.map(({ measurand, phase, unit }) => [measurand, phase, unit])).toEqual([
      ['Voltage', 'L1-N', 'V'],
      ['Voltage', 'L2-N', 'V'],
      ['Voltage', 'L3-N', 'V'],
      ['Energy.Active.Import.Register', undefined, 'Wh'],
    ]);
    expect(samples.at(-1)?.value).toBe(1234);
  });
});

describe('charging profiles', () => {
  const hour = 3_600_000;
  const from = Date.parse('2030-01-01T12:00:00Z');
  const demand: Demand = { evseId: 1, transactionId: 'T', startedAt: from, phases: 3, voltage: 230, sharing: 1 };
  const profile = (
    id: number,
    more: Partial<ChargingProfile>,
    periods: [number, number][],
    unit: 'A' | 'W' = 'W',
    schedule: object = {},
  ) =>
    ({
      id,
      stackLevel: 0,
      chargingProfilePurpose: 'TxDefaultProfile',
      chargingProfileKind: 'Relative',
      chargingSchedule: [
        {
          id,
          chargingRateUnit: unit,
          chargingSchedulePeriod: periods.map(([startPeriod, limit]) => ({ startPeriod, limit })),
          ...schedule,
        },
      ],
      ...more,
    }) as ChargingProfile;

  test('periods follow one another', () => {
    const profiles = new ChargingProfiles();
    profiles.install(
      1,
      profile(1, {}, [
        [0, 11_000],
        [600, 5000],
        [1200, 8000],
      ]),
    );
    expect(profiles.composite(from, 3600, demand, 22_000)).toEqual([
      { startPeriod: 0, limit: 11_000 },
      { startPeriod: 600, limit: 5000 },
      { startPeriod: 1200, limit: 8000 },
    ]);
    expect(profiles.nextChange(from, from + hour, demand)).toBe(from + 600_000);
  });

  test('a transaction profile goes before a default one, the higher stack level before the lower, until it ends', () => {
    const profiles = new ChargingProfiles();
    profiles.install(0, profile(1, {}, [[0, 10_000]]));
    profiles.install(1, profile(2, { stackLevel: 3 }, [[0, 7000]], 'W', { duration: 900 }));
    expect(profiles.limitAt(from, demand)).toBe(7000);
    profiles.install(
      1,
      profile(3, { chargingProfilePurpose: 'TxProfile', transactionId: 'T' }, [[0, 9000]], 'W', { duration: 300 }),
    );
    profiles.install(1, profile(4, { chargingProfilePurpose: 'TxProfile', transactionId: 'other' }, [[0, 1]]));
    expect(profiles.composite(from, 3600, demand, 22_000)).toEqual([
      { startPeriod: 0, limit: 9000 },
      { startPeriod: 300, limit: 7000 },
      { startPeriod: 900, limit: 10_000 },
    ]);
  });

  test('the station has a limit of its own, shared by those that charge', () => {
    const profiles = new ChargingProfiles();
    profiles.install(
      0,
      profile(
        1,
        { chargingProfilePurpose: 'ChargingStationMaxProfile', chargingProfileKind: 'Absolute' },
        [[0, 32]],
        'A',
      ),
    );
    profiles.install(1, profile(2, {}, [[0, 20_000]]));
    expect(profiles.limitAt(from, { ...demand, sharing: 2 })).toBe((32 * 690) / 2);
    expect(profiles.limitAt(from, { ...demand, evseId: 0 })).toBe(32 * 690);
  });

  test('recurring profiles come again; validity begins and ends', () => {
    const profiles = new ChargingProfiles();
    const nightly = {
      chargingProfileKind: 'Recurring',
      recurrencyKind: 'Daily',
      validTo: '2030-01-03T00:00:00Z',
    } as const;
    const start = { startSchedule: '2029-12-01T22:00:00Z', duration: 3600 };
    profiles.install(1, profile(1, nightly, [[0, 3000]], 'W', start));
    expect(profiles.composite(from, 3 * 86_400, demand, 22_000)).toEqual([
      { startPeriod: 0, limit: 22_000 },
      { startPeriod: 36_000, limit: 3000 },
      { startPeriod: 39_600, limit: 22_000 },
      { startPeriod: 122_400, limit: 3000 },
      { startPeriod: 126_000, limit: 22_000 },
    ]);
  });

  test('0 is a limit', () => {
    const profiles = new ChargingProfiles();
    profiles.install(1, profile(1, {}, [[0, 0]]));
    expect(profiles.limitAt(from, demand)).toBe(0);
  });
});

describe('schedule', () => {
  test('runs what is due in order of time, then of asking, and not what was cancelled', async () => {
    const schedule = new Schedule();
    const ran: string[] = [];
    const now = schedule.now();
    await new Promise<void>((resolve) => {
      schedule.at(now + 30, () => {
        ran.push('last');
        resolve();
      });
      schedule.at(now + 10, () => ran.push('first'));
      schedule.at(now + 10, () => ran.push('second'));
      const never = schedule.at(now + 20, () => ran.push('never'));
      never.cancel();
      never.cancel();
    });
    expect(ran).toEqual(['first', 'second', 'last']);
  });

  test('ten thousand tasks come in order', async () => {
    const schedule = new Schedule();
    const random = new Random(3);
    const dues: number[] = [];
    const now = schedule.now();
    await Promise.all(
      Array.from(
        { length: 10_000 },
        () =>
          new Promise<void>((resolve) => {
            schedule.at(now + Math.floor(random.next() * 50), (due) => {
              dues.push(due);
              resolve();
            });
          }),
      ),
    );
    expect(dues).toEqual(dues.toSorted((left, right) => left - right));
  });

  test('simulated time runs faster, and a task is told the moment it was meant for', async () => {
    const clock = new StationClock(new Schedule(), 1000);
    const begin = clock.now();
    const moment = await new Promise<number>((resolve) => clock.at(begin + 20_000, resolve));
    expect(moment).toBe(begin + 20_000);
    expect(clock.now()).toBeGreaterThanOrEqual(moment);
  });

  test('what a stopped clock had to do is not done', async () => {
    const schedule = new Schedule();
    const clock = new StationClock(schedule, 1);
    let ran = false;
    clock.after(5, () => {
      ran = true;
    });
    clock.stop();
    await new Promise<void>((resolve) => void schedule.after(20, () => resolve()));
    expect(ran).toBe(false);
  });
});

describe('local authorization', () => {
  const rules = { listEnabled: true, cacheEnabled: true, authorizeOffline: true, unknownOffline: false };
  const entry = (idToken: string, status?: string) => ({
    token: { idToken, type: 'Local' },
    info: status === undefined ? undefined : { status },
  });

  test('lists are replaced, amended and refused', () => {
    const local = new LocalAuthorization();
    expect(local.update('Full', 0, [], 10)).toBe('Failed');
    expect(local.update('Full', 1, [entry('a', 'Accepted'), entry('A', 'Blocked')], 10)).toBe('Failed');
    expect(local.update('Full', 1, [entry('a', 'Accepted'), entry('b', 'Blocked')], 10)).toBe('Accepted');
    expect(local.update('Differential', 1, [], 10)).toBe('VersionMismatch');
    expect(local.update('Differential', 2, [entry('B'), entry('c', 'Accepted')], 2)).toBe('Accepted');
    expect(local.update('Differential', 3, [entry('d', 'Accepted')], 2)).toBe('Failed');
    expect([local.version, local.entries]).toEqual([2, 2]);
    expect(local.find('A', rules, 0)).toMatchObject({ status: 'Accepted', by: 'localList' });
    expect(local.find('b', rules, 0)).toBeUndefined();
  });

  test('the cache forgets what has expired and never overrules the list', () => {
    const local = new LocalAuthorization();
    local.remember('x', { status: 'Accepted', expiresAt: 1000 });
    expect(local.offline('X', rules, 999)).toMatchObject({ status: 'Accepted', by: 'cache' });
    expect(local.offline('X', rules, 1000)).toMatchObject({ status: 'Expired' });
    local.update('Full', 1, [entry('x', 'Blocked')], 10);
    expect(local.offline('x', rules, 0)).toMatchObject({ status: 'Blocked', by: 'localList' });
    expect(local.offline('y', { ...rules, unknownOffline: true }, 0)).toEqual({ status: 'Accepted', by: 'station' });
  });
});

describe('certificates', () => {
  // openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj "/O=Test/CN=Root" -set_serial 0x0abc
  const root = `-----BEGIN CERTIFICATE-----
MIIBgjCCASegAwIBAgICCrwwCgYIKoZIzj0EAwIwHjENMAsGA1UECgwEVGVzdDEN
MAsGA1UEAwwEUm9vdDAgFw0yNjExMjIxNzU2MDNaGA8yMTI2MTAyOTE3NTYwM1ow
HjENMAsGA1UECgwEVGVzdDENMAsGA1UEAwwEUm9vdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABPhTcMAF8vZeK/ALgLt0ZNR7UiDraoCLKShXt/49Ir0nN1ERm+Hh
MkPvfTHoPZBmJWXglmly2b+yPQ4qXkzOUVajUzBRMB0GA1UdDgQWBBSg3rtRcYBM
9ct9Edxu6SWgZ3k19TAfBgNVHSMEGDAWgBSg3rtRcYBM9ct9Edxu6SWgZ3k19TAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQC+3F4QKH482JaOaXK6
/odrEN0G16ASgVhGIltPSe+7jAIhAJweub95qef0FaqSwDxgg1S/RUdEMLaGJs2u
0SSA2Egx
-----END CERTIFICATE-----`;

  test('are installed, listed and deleted by what `openssl ocsp -sha256` calls their hashes', () => {
    const hash = hashCertificate(root);
    expect(hash).toEqual({
      hashAlgorithm: 'SHA256',
      issuerNameHash: '3ddb56acf08d271212101242727b367230c4621f812b0991b84a91bb445e07fc',
      issuerKeyHash: '7cd4a45e76670ce706d8d09dbc50d6644a57da9e328ad86618d1fa9fc293b1c7',
      serialNumber: 'abc',
    });
    const store = new CertificateStore();
    expect(store.install('CSMSRootCertificate', 'nonsense', 2)).toBe('Rejected');
    expect(store.install('CSMSRootCertificate', root, 2)).toBe('Accepted');
    expect(store.install('CSMSRootCertificate', root, 2)).toBe('Accepted');
    expect(store.list(['V2GRootCertificate'])).toEqual([]);
    expect(store.list()).toEqual([{ type: 'CSMSRootCertificate', hash }]);
    expect(store.delete({ ...hash, issuerKeyHash: hash.issuerKeyHash.toUpperCase(), serialNumber: '0ABC' })).toBe(true);
    expect(store.delete(hash)).toBe(false);
  });

  test('are taken only when they were asked for', () => {
    const store = new CertificateStore();
    expect(store.signed(root)).toBe(false);
    store.requested = true;
    expect(store.signed('nonsense')).toBe(false);
    expect(store.signed(root)).toBe(true);
    expect(new X509Certificate(root).subject).toContain('Root');
  });

  test('requests are PKCS #10', () => {
    const pem = certificateRequest('CP-1', 'Operator');
    const body = Buffer.from(pem.replace(/-----.*-----|\n/g, ''), 'base64');
    expect(body[0]).toBe(0x30);
    expect(body.includes('CP-1') && body.includes('Operator')).toBe(true);
    expect(createHash('sha256').update(body).digest('hex')).toHaveLength(64);
  });
});

describe('settings', () => {
  test('every initial value is one that could be set', () => {
    for (const setting of settings) {
      if (setting.access === 'W' || setting.initial === '') continue;
      expect(objectionTo(setting, setting.initial), setting.id).toBeUndefined();
    }
  });

  test('names and paths are unique', () => {
    const keys = settings.flatMap(({ key }) => (key ? [key.toLowerCase()] : []));
    const paths = settings.flatMap(({ path }) => (path ? [JSON.stringify(path).toLowerCase()] : []));
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(paths).size).toBe(paths.length);
  });

  test('wrong ones are refused by name', () => {
    expect(() => new Settings({ Kettle: 'on' })).toThrow('a station has no setting Kettle');
    expect(() => new Settings({ HeartbeatInterval: 'often' })).toThrow(
      'the setting HeartbeatInterval is not an integer: often',
    );
  });
});
