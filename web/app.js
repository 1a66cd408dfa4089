/** The start page: stations as they are, kept up to date by the stream of events. */
import { adoptKey, forgetKey, hasKey, KeyWanted, read, setKey } from './api.js';
import { follow } from './events.js';
import { energy, eventItem, stationRow, urlItem } from './view.js';

const rowsAtOnce = 200;
const eventsShown = 50;
/** Stations are read again this long after an event, so that a burst of events is one reading. */
const settle = 300;
/** When something happened to more stations than this, the lists are read again rather than each station. */
const singly = 10;

const byId = (id) => document.getElementById(id);
const stations = new Map();
/** Station id → its active transactions. */
const active = new Map();
const stale = new Set();
const unseen = [];
let nextCursor = null;
let _refreshing;

function fail(error) {
  if (error instanceof KeyWanted) return ask(error.message);
  console.error(error);
  byId('trouble').textContent = error.message;
  byId('trouble').hidden = false;
}

function ask(why) {
  if (hasKey()) byId('ask-why').textContent = why;
  forgetKey();
  byId('board').hidden = true;
  byId('ask').hidden = false;
  byId('key').focus();
}

function showCounts(connected) {
  const running = [...active.values()].flat();
  if (connected !== undefined) byId('count-connected').textContent = connected;
  byId('count-stations').textContent = stations.size;
  byId('count-active').textContent = running.length;
  byId('count-energy').textContent = energy(running.reduce((sum, { energyWh }) => sum + (energyWh ?? 0), 0));
  byId('no-stations').hidden = stations.size > 0;
  byId('more').hidden = nextCursor === null;
}

function showStations() {
  const sorted = [...stations.values()].sort((a, b) => a.id.localeCompare(b.id, undefined, { numeric: true }));
  byId('stations').replaceChildren(...sorted.map((station) => stationRow(station, active.get(station.id) ?? [])));
}

/** Puts one station's row in its place, or takes it away. */
function showStation(id) {
  const row = document.querySelector(`tr[data-station="${CSS.escape(id)}"]`);
  const station = stations.get(id);
  if (row === null || station === undefined) showStations();
  else row.replaceWith(stationRow(station, active.get(id) ?? []));
}

const findPattern = () => {
  const text = byId('find').value.trim();
  return text === '' ? undefined : /[*?]/.test(text) ? text : `*${text}*`;
};

async function loadStations(cursor) {
  const query = new URLSearchParams({ limit: rowsAtOnce });
  const pattern = findPattern();
  if (pattern !== undefined) query.set('id', pattern);
  if (cursor !== undefined) query.set('cursor', cursor);
  const page = await read(`/v1/stations?${query}`);
  if (cursor === undefined) stations.clear();
  for (const station of page.items) stations.set(station.id, station);
  nextCursor = page.nextCursor;
  showStations();
  showCounts();
}

async function loadTransactions() {
  active.clear();
  let cursor = null;
  do {
    const page = await read(
      `/v1/transactions?active=true&limit=1000${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const transaction of page.items)
      active.set(transaction.stationId, [...(active.get(transaction.stationId) ?? []), transaction]);
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** Reads the lists again, as far as they are shown. */
async function refreshLists() {
  const shown = stations.size;
  await loadTransactions();
  await loadStations();
  while (stations.size < shown && nextCursor !== null) await loadStations(nextCursor);
}

/** Reads one station again. */
async function refreshStation(id) {
  const [station, transactions] = await Promise.all([
    read(`/v1/stations/${encodeURIComponent(id)}`),
    read(`/v1/transactions?active=true&stationId=${encodeURIComponent(id)}`),
  ]);
  if (transactions.items.length > 0) active.set(id, transactions.items);
  else active.delete(id);
  const fits = stations.has(id) || (findPattern() === undefined && nextCursor === null);
  if (station === undefined) stations.delete(id);
  else if (fits) stations.set(id, station);
  showStation(id);
}

/** Reads again what something happened to. */
async function refresh() {
  const ids = [...stale];
  stale.clear();
  if (ids.length > singly) await refreshLists();
  else for (const id of ids) await refreshStation(id);
  const gateway = await read('/v1/gateway');
  showCounts(gateway.connectedStations);
}

function refreshSoon(id) {
  stale.add(id);
  _refreshing ??= setTimeout(() => {
    refresh()
      .catch(fail)
      .finally(() => {
        _refreshing = undefined;
        const [waiting] = stale;
        if (waiting !== undefined) refreshSoon(waiting);
      });
  }, settle);
}

/** Shows the newest of what came since the last picture: there may be more than anyone can read. */
function showEvents() {
  byId('no-events').hidden = true;
  byId('events').prepend(...unseen.splice(0).reverse().map(eventItem));
  while (byId('events').childElementCount > eventsShown) byId('events').lastElementChild.remove();
}

function showEvent(event) {
  if (unseen.push(event) === 1) requestAnimationFrame(showEvents);
  if (unseen.length > eventsShown) unseen.splice(0, unseen.length - eventsShown);
}

function showConnection(connection) {
  byId('live').dataset.state = connection;
  byId('live').textContent = connection === 'live' ? 'Live' : 'Connection to the gateway lost, trying again';
}

async function start() {
  byId('ask').hidden = true;
  const gateway = await read('/v1/gateway');
  byId('board').hidden = false;
  byId('version').textContent = `EVSEBridge ${gateway.version}`;
  byId('urls').replaceChildren(...gateway.stationUrls.map(urlItem));
  byId('next').hidden = gateway.nextCommand === undefined;
  byId('next-command').textContent = gateway.nextCommand ?? '';
  await loadTransactions();
  await loadStations();
  showCounts(gateway.connectedStations);
  await follow({
    // A little of the past, so that the list is not empty; what is later than the tables were read is read again.
    after: Math.max(0, gateway.lastSequence - eventsShown),
    onState: showConnection,
    onEvent: (event) => {
      showEvent(event);
      if (event.subject !== undefined && Number(event.sequence) > gateway.lastSequence) refreshSoon(event.subject);
    },
  });
}

byId('ask').addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  setKey(byId('key').value.trim());
  byId('key').value = '';
  start().catch(fail);
});

let finding;
byId('find').addEventListener('input', () => {
  clearTimeout(finding);
  finding = setTimeout(() => loadStations().catch(fail), settle);
});
byId('more').addEventListener('click', () => loadStations(nextCursor).catch(fail));

document.addEventListener('click', async ({ target }) => {
  const id = target.dataset?.copies;
  if (id === undefined) return;
  await navigator.clipboard.writeText(byId(id).textContent);
  target.textContent = 'Copied';
  setTimeout(() => {
    target.textContent = 'Copy';
  }, 1500);
});

adoptKey();
if (hasKey()) start().catch(fail);
else ask('');
