import type { UpstreamLink } from './link.ts';

/** How many of the last messages of an Action are looked at: those of other upstreams are among them. */
const BOOTS = 20;
const STATUSES = 200;

/**
 * An upstream that a running station is given to has not seen it boot: it is told its last BootNotification and how its connectors are,
 * out of the Journal. Of a station over SOAP, whose Journal holds envelopes, it hears with the next of them. Never rejects.
 */
export async function introduce(link: UpstreamLink): Promise<void> {
  const { station, services, queue } = link;
  const { version } = station.connection ?? {};
  if (version === undefined) return;
  const find = async (action: string, limit: number) => {
    const { items } = await services.store.journal.messages(
      station.id,
      { action, direction: 'in', order: 'desc' },
      { limit },
    );
    return items.filter(
      (record) =>
        record.type === 'Call' &&
        record.peer === 'station' &&
        record.action === action &&
        record.version === version.name &&
        record.payload.startsWith('{'),
    );
  };
  try {
    const [boot] = await find(version.boot, BOOTS);
    if (boot === undefined || link.knowsBoot || queue.has(version.boot)) return;
    const statuses = new Map<string, typeof boot>();
    for (const status of await find('StatusNotification', STATUSES)) {
      const { evseId, connectorId } = JSON.parse(status.payload) as { evseId?: number; connectorId?: number };
      const key = `${evseId} ${connectorId}`;
      if (!statuses.has(key)) statuses.set(key, status);
    }
    if (link.knowsBoot || queue.has(version.boot)) return;
    // Each goes before what is there already: the BootNotification last, so that it is first.
    for (const { action, payload, at } of [...statuses.values(), boot])
      link.introduce({ version: version.name, action: action as string, payload, answer: '{}' }, at);
  } catch (error) {
    services.log.warn(
      { station: station.id, upstream: link.upstream.name, err: error },
      'a station could not be introduced to an upstream',
    );
  }
}
