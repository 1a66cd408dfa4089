import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Gateway } from './gateway/gateway.ts';
import type { Commits, LinkView, UpstreamFace } from './gateway/ports.ts';
import type { Statistics } from './gateway/statistics.ts';

/** Prometheus metrics. The counters of the hot path are plain numbers; they are read here when somebody asks. */
export function createMetrics(
  statistics: Statistics,
  gateway: () => Gateway,
  commits: Commits,
  upstreams: Pick<UpstreamFace, 'upstreams' | 'links'>,
): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  new Gauge({
    name: 'evsebridge_stations_connected',
    help: 'Stations connected now',
    labelNames: ['version'],
    registers,
    collect() {
      for (const [version, count] of gateway().connectedByVersion()) this.set({ version }, count);
    },
  });
  const perAction = (name: string, help: string, counts: Statistics['received']): void => {
    new Counter({
      name,
      help,
      labelNames: ['version', 'action'],
      registers,
      collect() {
        this.reset();
        for (const [version, actions] of counts) {
          for (const [{ name: action }, count] of actions) this.inc({ version, action }, count);
        }
      },
    });
  };
  perAction('evsebridge_messages_received_total', 'Calls and Sends of stations', statistics.received);
  perAction('evsebridge_messages_sent_total', 'Calls to stations', statistics.sent);
  const perCode = (name: string, help: string, counts: ReadonlyMap<string, number>): void => {
    new Counter({
      name,
      help,
      labelNames: ['code'],
      registers,
      collect() {
        this.reset();
        for (const [code, count] of counts) this.inc({ code }, count);
      },
    });
  };
  perCode('evsebridge_call_errors_total', 'CallErrors sent to stations', statistics.callErrors);
  perCode(
    'evsebridge_deviations_total',
    'Messages in which a deviation from the specification was tolerated',
    statistics.deviations,
  );
  const plain = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  plain('evsebridge_connections_total', 'Connections of stations', () => statistics.connections);
  plain(
    'evsebridge_repetitions_total',
    'Messages that were answered with an earlier answer',
    () => statistics.repetitions,
  );
  plain(
    'evsebridge_unanswered_total',
    'Messages left unanswered because storage had no room',
    () => statistics.unanswered,
  );
  plain(
    'evsebridge_invalid_translations_total',
    'Translations that were not valid and were not sent',
    () => statistics.invalidTranslations,
  );
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge('evsebridge_storage_waiting', 'Changes that wait to be stored', () => commits.waiting);
  gauge('evsebridge_storage_healthy', '1 while the database answers', () => (commits.healthy ? 1 : 0));
  const perUpstream = (name: string, help: string, read: (links: readonly LinkView[]) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['upstream'],
      registers,
      collect() {
        this.reset();
        const links = Map.groupBy(upstreams.links(), ({ upstream }) => upstream);
        for (const upstream of upstreams.upstreams.keys()) this.set({ upstream }, read(links.get(upstream) ?? []));
      },
    });
  };
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  perUpstream(
    'evsebridge_upstream_links_open',
    'Open connections to an upstream',
    (links) => links.filter(({ state }) => state === 'open').length,
  );
  perUpstream(
    'evsebridge_upstream_links_failing',
    'Connections to an upstream that wait for another attempt',
    (links) => links.filter(({ failures }) => failures > 0).length,
  );
  perUpstream('evsebridge_upstream_queued', 'Messages that an upstream has not taken yet', (links) =>
    sum(links.map(({ queued }) => queued)),
  );
  perUpstream('evsebridge_upstream_parked', 'Messages that an upstream refused again and again', (links) =>
    sum(links.map(({ parked }) => parked)),
  );
  perUpstream('evsebridge_upstream_lag_seconds', 'Age of the oldest message that an upstream has not taken', (links) =>
    Math.max(0, ...links.map(({ oldestAt }) => (oldestAt === null ? 0 : (Date.now() - oldestAt) / 1000))),
  );
  return registry;
}
