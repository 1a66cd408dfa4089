/** What is measured, a row each. */
import type { Job, Target } from './load/job.ts';
import type { ScriptName } from './load/scripts.ts';

/** How long and how much. */
export interface Scale {
  readonly name: 'quick' | 'full';
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  readonly connections: readonly number[];
  /** Stations connecting at the same time, and how many there are. */
  readonly connectLanes: number;
  readonly connectStations: number;
  readonly commandStations: number;
  readonly idle: readonly number[];
  readonly settleMs: number;
  readonly drop: readonly [connections: number, drop: number];
  readonly reconnect: number;
}

export const scales: Readonly<Record<Scale['name'], Scale>> = {
  quick: {
    name: 'quick',
    rounds: 2,
    warmUpMs: 700,
    windowMs: 1300,
    connections: [200],
    connectLanes: 32,
    connectStations: 1000,
    commandStations: 32,
    idle: [2000],
    settleMs: 2000,
    drop: [600, 500],
    reconnect: 2000,
  },
  full: {
    name: 'full',
    rounds: 5,
    warmUpMs: 3000,
    windowMs: 5000,
    connections: [200, 1000],
    connectLanes: 32,
    connectStations: 5000,
    commandStations: 32,
    idle: [1000, 5000, 15000],
    settleMs: 8000,
    drop: [1000, 500],
    reconnect: 5000,
  },
};

/** Measured in interleaved rounds on servers that stay up: CPU, rate, latency. */
export interface RateScenario {
  readonly kind: 'rate';
  readonly name: string;
  readonly title: string;
  /** What is counted. */
  readonly unit: 'message' | 'connect' | 'command';
  job(target: Target, prefix: string): Extract<Job, { kind: 'throughput' | 'connects' | 'commands' }>;
}

/** Measured once on each server, freshly started. */
export interface FleetScenario {
  readonly kind: 'fleet';
  readonly name: string;
  readonly title: string;
  job(target: Target, prefix: string): Extract<Job, { kind: 'idle' | 'drop' | 'reconnect' }>;
}

export type Scenario = RateScenario | FleetScenario;

const loops: readonly { readonly name: string; readonly title: string; readonly script: ScriptName }[] = [
  { name: 'meter-values-1.6', title: 'MeterValues, 1.6', script: 'meterValues16' },
  { name: 'transactions-1.6', title: 'whole transactions, 1.6', script: 'transactions16' },
  { name: 'transactions-2.0.1', title: 'whole transactions, 2.0.1', script: 'transactions201' },
  { name: 'heartbeat-1.6', title: 'Heartbeat, 1.6', script: 'heartbeat16' },
];

export function scenarios(scale: Scale): readonly Scenario[] {
  const { warmUpMs, windowMs } = scale;
  const window = { warmUpMs, windowMs };
  return [
    ...loops.flatMap(({ name, title, script }) =>
      scale.connections.map(
        (connections): RateScenario => ({
          kind: 'rate',
          name: `${name}@${connections}`,
          title: `${title}, ${connections} connections`,
          unit: 'message',
          job: (target, prefix) => ({ kind: 'throughput', target, prefix, script, connections, ...window }),
        }),
      ),
    ),
    {
      kind: 'rate',
      name: 'connects',
      title: `connect, upgrade, stored BootNotification, close; ${scale.connectLanes} at a time`,
      unit: 'connect',
      // The same stations in every round.
      job: (target) => ({
        kind: 'connects',
        target,
        prefix: 'BENCH-C-',
        concurrency: scale.connectLanes,
        stations: scale.connectStations,
        ...window,
      }),
    },
    {
      kind: 'rate',
      name: 'command',
      title: `API command to 1.6 stations (ChangeAvailability), ${scale.commandStations} at a time`,
      unit: 'command',
      job: (target, prefix) => ({ kind: 'commands', target, prefix, connections: scale.commandStations, ...window }),
    },
    {
      kind: 'fleet',
      name: 'idle',
      title: `memory of idle, booted connections (${scale.idle.join(', ')})`,
      job: (target, prefix) => ({ kind: 'idle', target, prefix, steps: scale.idle, settleMs: scale.settleMs }),
    },
    {
      kind: 'fleet',
      name: 'drop',
      title: `${scale.drop[1]} of ${scale.drop[0]} connections drop in one instant and come back`,
      job: (target, prefix) => ({ kind: 'drop', target, prefix, connections: scale.drop[0], drop: scale.drop[1] }),
    },
    {
      kind: 'fleet',
      name: 'reconnect',
      title: `${scale.reconnect} stations reconnect and boot in one instant`,
      job: (target, prefix) => ({ kind: 'reconnect', target, prefix, connections: scale.reconnect }),
    },
  ];
}
