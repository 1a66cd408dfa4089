/** What the start page shows, made of elements and text only. */

/** An element with attributes and children. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const kinds = {
  Available: 'good',
  Occupied: 'busy',
  Preparing: 'busy',
  Charging: 'busy',
  Finishing: 'busy',
  SuspendedEV: 'busy',
  SuspendedEVSE: 'busy',
  Reserved: 'warn',
  Unavailable: 'warn',
  Faulted: 'bad',
};

const state = (kind, text) => element('span', { class: `state ${kind}` }, text);

export const energy = (wh) => (wh >= 1000 ? `${(wh / 1000).toFixed(2)} kWh` : `${Math.round(wh)} Wh`);

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

function connectors(evses) {
  const shown = evses.flatMap((evse) =>
    evse.connectors.map((connector) => {
      const name = evse.connectors.length > 1 ? `${evse.id}.${connector.id}` : `${evse.id}`;
      const label = state(kinds[connector.status] ?? 'warn', `${name} ${connector.status}`);
      if (connector.since !== null) label.title = `since ${moment.format(new Date(connector.since))}`;
      return label;
    }),
  );
  return shown.length > 0 ? shown : ['–'];
}

function connection(station) {
  if (station.connected) return state('good', 'Connected');
  const seen = station.lastSeenAt === null ? 'Never seen' : `Last seen ${moment.format(new Date(station.lastSeenAt))}`;
  return state('off', seen);
}

/** The row of a station with its active transactions. */
export function stationRow(station, transactions) {
  const registration = station.registrationStatus ?? 'not booted';
  const cells = [
    element('th', { scope: 'row' }, station.id),
    element(
      'td',
      {},
      connection(station),
      ...(registration === 'Accepted' || !station.connected ? [] : [state('warn', registration)]),
    ),
    element(
      'td',
      {},
      station.version === null ? '–' : `${station.version}${station.transport === 'soap' ? ' SOAP' : ''}`,
    ),
    element('td', {}, ...connectors(station.evses)),
    element('td', {}, [station.vendorName, station.model].filter((part) => part !== null).join(' ') || '–'),
    element(
      'td',
      { class: 'number' },
      transactions.length === 0
        ? '–'
        : transactions.map(({ energyWh }) => (energyWh === null ? 'started' : energy(energyWh))).join(', '),
    ),
  ];
  return element('tr', { 'data-station': station.id }, ...cells);
}

/** One event of the list. */
export function eventItem(event) {
  const time = new Date(event.time);
  return element(
    'li',
    {},
    element('time', { datetime: event.time, title: moment.format(time) }, clock.format(time)),
    element(
      'span',
      {},
      `${event.type.replace(/^evsebridge\./, '')}${event.subject === undefined ? '' : ` · ${event.subject}`}`,
    ),
    element('small', {}, JSON.stringify(event.data).slice(0, 160)),
  );
}

/** One address for stations. */
export function urlItem({ version, transport, url }, index) {
  const id = `url-${index}`;
  return element(
    'li',
    {},
    element('span', {}, `OCPP ${version}${transport === 'soap' ? ' SOAP' : ''}`),
    element('code', { id }, url),
    element(
      'button',
      { type: 'button', 'data-copies': id, 'aria-label': `Copy the address for OCPP ${version}` },
      'Copy',
    ),
  );
}
