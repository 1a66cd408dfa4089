import { createServer } from 'node:http';
import { RPCServer } from 'ocpp-rpc';
import { afterEach, expect, test } from 'vitest';
import { VirtualStation } from '../../src/station/index.ts';

// ocpp-rpc as a CSMS: strict for 1.6 and 2.0.1, which its strict mode knows; plain for 2.1, which it does not.
const cases = [
  { version: '1.6', protocol: 'ocpp1.6', strict: true },
  { version: '2.0.1', protocol: 'ocpp2.0.1', strict: true },
  { version: '2.1', protocol: 'ocpp2.1', strict: false },
] as const;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

test.each(cases)('charges at ocpp-rpc as the CSMS of $version', async ({ version, protocol, strict }) => {
  const rpc = new RPCServer({ protocols: [protocol], strictMode: strict });
  const http = createServer();
  http.on('upgrade', rpc.handleUpgrade);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closing.push(
    () => new Promise((resolve) => http.close(resolve)),
    () => rpc.close({ force: true }),
  );
  const complaints: unknown[] = [];
  const seen: { method: string; params: Record<string, unknown> }[] = [];
  const commands: Record<string, unknown> = {};
  const now = () => new Date().toISOString();
  const answers: Record<string, () => object> = {
    BootNotification: () => ({ status: 'Accepted', interval: 300, currentTime: now() }),
    Heartbeat: () => ({ currentTime: now() }),
    Authorize: () => ({ [version === '1.6' ? 'idTagInfo' : 'idTokenInfo']: { status: 'Accepted' } }),
    StartTransaction: () => ({ transactionId: 1, idTagInfo: { status: 'Accepted' } }),
  };
  rpc.on('client', (client) => {
    client.on('strictValidationFailure', (failure: unknown) => complaints.push(failure));
    client.on('badMessage', (bad: unknown) => complaints.push(bad));
    client.handle(({ method, params }: { method: string; params: Record<string, unknown> }) => {
      seen.push({ method, params });
      return answers[method]?.() ?? {};
    });
    const ask = async (method: string, params: object) => {
      commands[method] = await client.call(method, params);
    };
    void (async () => {
      await ask('GetLocalListVersion', {});
      await ask('TriggerMessage', { requestedMessage: 'Heartbeat' });
      if (version === '1.6') await ask('GetConfiguration', {});
      else await ask('GetBaseReport', { requestId: 1, reportBase: 'FullInventory' });
    })().catch((error: unknown) => complaints.push(error));
  });

  const { port } = http.address() as { port: number };
  const station = new VirtualStation({ id: 'CP-1', version, url: `ws://127.0.0.1:${port}/ocpp`, speed: 300 });
  station.on('deviation', (what) => complaints.push(what));
  closing.push(() => station.stop(0));
  const accepted = new Promise<void>((resolve) =>
    station.on('registration', (state) => state === 'Accepted' && resolve()),
  );
  station.start();
  await accepted;
  station.plug();
  expect(await station.startCharging('TAG')).toMatchObject({ status: 'Accepted' });
  const tells = () => [...station.ledger.acknowledged()].length;
  await expect.poll(tells, { timeout: 10_000 }).toBeGreaterThan(3);
  station.stopCharging();
  station.unplug();
  await expect.poll(() => Object.keys(commands).length, { timeout: 10_000 }).toBe(3);
  expect(await station.drained(5000)).toBe(true);
  expect(complaints).toEqual([]);
  const [record] = station.ledger.transactions;
  expect(record?.messages.every(({ answer }) => answer?.kind === 'result')).toBe(true);
  expect(seen.map(({ method }) => method)).toContain('Heartbeat');
});
