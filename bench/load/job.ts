/** What the main process asks of a load process, and what comes back. Plain data: it travels between processes. */
import { type CpuTime, cpuTime, databaseCpuTime, elapsed, residentBytes, total } from '../accounting.ts';
import type { Latency } from './histogram.ts';
import type { ScriptName } from './scripts.ts';
import type { Endpoint } from './station.ts';

/** A running server, as a load process sees it. */
export interface Target extends Endpoint {
  readonly name: string;
  /** The serving process. */
  readonly pid: number;
  /** The PostgreSQL database whose backends work for it. */
  readonly database: string | undefined;
  /** Where commands are posted, and what one is; absent when the server takes none. */
  readonly commands:
    | { readonly port: number; readonly key: string; readonly action: string; readonly body: string }
    | undefined;
}

interface JobBase {
  readonly target: Target;
  /** In front of every station's id. */
  readonly prefix: string;
}

/** Stations that repeat their script, each with one Call in flight. */
export interface ThroughputJob extends JobBase {
  readonly kind: 'throughput';
  readonly script: ScriptName;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** Connect, upgrade, boot, leave; `concurrency` at a time. */
export interface ConnectsJob extends JobBase {
  readonly kind: 'connects';
  readonly concurrency: number;
  /** Stations take turns, so that a run does not only meet new ones. */
  readonly stations: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** Commands through the API to stations that answer at once; one under way per station. */
export interface CommandsJob extends JobBase {
  readonly kind: 'commands';
  readonly connections: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** Booted stations that then say nothing. */
export interface IdleJob extends JobBase {
  readonly kind: 'idle';
  /** Ascending: memory is read after each. */
  readonly steps: readonly number[];
  readonly settleMs: number;
}

/** `drop` of `connections` are cut in one instant while the rest go on; then they come back. */
export interface DropJob extends JobBase {
  readonly kind: 'drop';
  readonly connections: number;
  readonly drop: number;
}

/** All connections are cut and come back in the same instant. */
export interface ReconnectJob extends JobBase {
  readonly kind: 'reconnect';
  readonly connections: number;
}

export type Job = ThroughputJob | ConnectsJob | CommandsJob | IdleJob | DropJob | ReconnectJob;

/** What every job reports; a run with errors or missing answers says nothing of speed. */
export interface Outcome {
  readonly errors: number;
  readonly samples: readonly string[];
  /** Calls (or commands) without an answer at the end. */
  readonly unanswered: number;
}

/** The cost of one message (connect, command), in µs of CPU. */
export interface Cost {
  readonly server: CpuTime;
  readonly serverTotal: number;
  readonly database: number;
  /** Of the load process itself. */
  readonly load: number;
}

export interface RateResult extends Outcome {
  /** Messages answered, stations booted, or commands completed in the window. */
  readonly count: number;
  readonly perSecond: number;
  readonly latency: Latency;
  readonly cost: Cost;
  /** Part of the window that the load process's main thread was busy, 0 to 1. Over 0.9 the load was the bottleneck. */
  readonly loadBusy: number;
  /** Part of the window that the serving process's main thread was busy. */
  readonly serverBusy: number;
  readonly residentBytes: number;
}

export interface IdleResult extends Outcome {
  readonly baseBytes: number;
  readonly steps: readonly { readonly connections: number; readonly bytes: number; readonly perConnection: number }[];
  /** Seconds until the last of them was booted. */
  readonly seconds: number;
}

export interface StormResult extends Outcome {
  /** Milliseconds from the cut until the last one was booted again. */
  readonly recoveredMs: number;
  /** From each attempt to its answered BootNotification. */
  readonly latency: Latency;
  /** Connection attempts that failed and were made again. */
  readonly retries: number;
  /** Of stations that were not cut: their longest wait for an answer, in ms. */
  readonly bystanderMaxMs: number;
}

export interface Results {
  readonly throughput: RateResult;
  readonly connects: RateResult;
  readonly commands: RateResult;
  readonly idle: IdleResult;
  readonly drop: StormResult;
  readonly reconnect: StormResult;
}

/** Reads all meters at the ends of a window. */
export class Meters {
  readonly #target: Target;
  readonly #at = performance.now();
  readonly #server: CpuTime;
  readonly #database: number;
  readonly #load = cpuTime(process.pid);

  constructor(target: Target) {
    this.#target = target;
    this.#server = cpuTime(target.pid);
    this.#database = target.database === undefined ? 0 : databaseCpuTime(target.database);
  }

  /** @param count things done since construction. */
  read(count: number): Omit<RateResult, keyof Outcome | 'latency'> {
    const ms = performance.now() - this.#at;
    const server = elapsed(cpuTime(this.#target.pid), this.#server);
    const load = elapsed(cpuTime(process.pid), this.#load);
    const database = this.#target.database === undefined ? 0 : databaseCpuTime(this.#target.database) - this.#database;
    const each = Math.max(1, count);
    return {
      count,
      perSecond: (count / ms) * 1000,
      cost: {
        server: { main: server.main / each, workers: server.workers / each, helpers: server.helpers / each },
        serverTotal: total(server) / each,
        database: database / each,
        load: total(load) / each,
      },
      loadBusy: load.main / 1000 / ms,
      serverBusy: server.main / 1000 / ms,
      residentBytes: residentBytes(this.#target.pid),
    };
  }
}
