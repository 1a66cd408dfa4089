import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at, stationRow, transactionRow } from '../support/fake-store.ts';
import { happened, key, startApi } from './harness.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
if (executablePath === undefined) {
  const why = 'test/api/page.test.ts needs a Chromium (apt-get install chromium)';
  if (process.env.CI !== undefined) throw new Error(why);
  console.warn(`skipped: ${why}`);
}

describe.skipIf(executablePath === undefined)('in a browser', { timeout: 60_000 }, () => {
  let browser: Browser;
  let api: Awaited<ReturnType<typeof startApi>>;
  let page: Page;
  /** What must stay empty: complaints of the browser, and requests to anyone else. */
  let complaints: string[];
  let foreign: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(() => browser.close());
  beforeEach(async () => {
    api = await startApi({ nextCommand: 'npm run simulate' });
    page = await browser.newPage();
    complaints = [];
    foreign = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
    page.on(
      'request',
      (request) =>
        request.url().startsWith(api.url) || /^(data|blob):/.test(request.url()) || foreign.push(request.url()),
    );
  });
  afterEach(async () => {
    await page.close();
    await api.close();
    expect(foreign).toEqual([]);
  });

  it('the start page takes the key out of its address and follows the stations live', async () => {
    api.store.rows.stations.set('CP1', stationRow('CP1'));
    api.store.rows.connectors.push({ stationId: 'CP1', evseId: 1, connectorId: 1, status: 'Available', at });
    api.gateway.connected.add('CP1');
    await api.store.commits.commit({ journal: [happened('evsebridge.station.booted')] });

    await page.goto(`${api.url}/?key=${key}`);
    const row = page.locator('tr[data-station="CP1"]');
    await row.getByText('1 Available').waitFor();
    await page.locator('#live[data-state="live"]').waitFor();
    await page.getByText('station.booted · CP1').waitFor();
    expect(page.url()).toBe(`${api.url}/`);
    expect(await page.locator('#next-command').textContent()).toBe('npm run simulate');
    expect(await page.locator('#urls li').count()).toBe(3);

    api.store.rows.connectors[0] = { stationId: 'CP1', evseId: 1, connectorId: 1, status: 'Occupied', at };
    api.store.rows.transactions.set('t', transactionRow('t', { energyWh: 2500 }));
    api.store.rows.stations.set('<b>CP2</b>', stationRow('<b>CP2</b>'));
    await api.store.commits.commit({
      journal: [happened('evsebridge.transaction.started'), happened('evsebridge.station.booted', {}, '<b>CP2</b>')],
    });
    await row.getByText('1 Occupied').waitFor();
    await row.getByText('2.50 kWh').waitFor();
    await page.getByRole('rowheader', { name: '<b>CP2</b>' }).waitFor();
    expect(await page.locator('#count-active').textContent()).toBe('1');
    await page.reload();
    await row.getByText('1 Occupied').waitFor();
    expect(complaints).toEqual([]);
  });

  it('the start page asks for the key when it has none, or a wrong one', async () => {
    await page.goto(api.url);
    await page.getByLabel('API key').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('The key is not the one of this gateway.').waitFor();
    await page.getByLabel('API key').fill(key);
    await page.keyboard.press('Enter');
    await page.getByText('No station yet').waitFor();
  });

  it('the API reference shows every command, from this gateway alone', async () => {
    await page.goto(`${api.url}/docs`);
    await page.getByText('List charging stations').first().waitFor();
    await page.getByRole('button', { name: 'Commands' }).first().click();
    await page.getByText('RequestStartTransaction').first().waitFor();
    expect(complaints).toEqual([]);
  });
});
