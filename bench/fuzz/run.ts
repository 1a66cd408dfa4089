/** Random and mutated frames against a running gateway, over real sockets. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../src/station/random.ts';
import { isAlive, residentBytes } from '../accounting.ts';
import { RawSocket } from '../load/socket.ts';
import { type Generator, generators } from './generate.ts';
import { drawMutation } from './mutations.ts';

export interface FuzzTarget {
  readonly pid: number;
  readonly ocppPort: number;
}

export interface FuzzOptions {
  readonly frames: number;
  readonly connections: number;
  readonly seed: number;
  readonly onProgress?: (text: string) => void;
}

export interface FuzzReport {
  readonly frames: number;
  /** Mutation → how often it was sent. */
  readonly sent: Readonly<Record<string, number>>;
  /** `CallResult`, `CallError <code>`, `closed <code>`, ... → how often it came back. */
  readonly answers: Readonly<Record<string, number>>;
  /** What should never happen, in words, each kind with its count. */
  readonly complaints: readonly string[];
  readonly complaintCount: number;
  /** Bytes, after the first tenth and at the end. */
  readonly residentBefore: number;
  readonly residentAfter: number;
}

/** Frames between two Heartbeats that must be answered. */
const burst = 8;
const patienceMs = 20_000;
/** After so many, more frames tell nothing new. */
const mostComplaints = 5000;

class Counts {
  readonly sent: Record<string, number> = {};
  readonly answers: Record<string, number> = {};
  /** Complaints that differ only in numbers are one; the first of them is kept. */
  readonly #complaints = new Map<string, { readonly first: string; count: number }>();
  complaintCount = 0;

  add(kind: 'sent' | 'answers', name: string): void {
    this[kind][name] = (this[kind][name] ?? 0) + 1;
  }

  complain(text: string): void {
    this.complaintCount++;
    const kind = text.replace(/ after .*/s, '').replace(/\d+/g, '#');
    const known = this.#complaints.get(kind);
    if (known === undefined) this.#complaints.set(kind, { first: text.slice(0, 600), count: 1 });
    else known.count++;
  }

  get complaints(): string[] {
    return [...this.#complaints.values()].map(({ first, count }) => `${count} x ${first}`);
  }
}

/** One station that talks nonsense and, now and then, asks for a sign of life. */
class Babbler {
  readonly #id: string;
  readonly #port: number;
  readonly #generator: Generator;
  readonly #random: Random;
  readonly #counts: Counts;
  #socket: RawSocket | undefined;
  #sequence = 0;
  /** Answered: the sentinel with this id. */
  #sentinel: { readonly id: string; readonly resolve: (alive: boolean) => void } | undefined;
  #closed = '';

  constructor(id: string, port: number, generator: Generator, seed: number, counts: Counts) {
    this.#id = id;
    this.#port = port;
    this.#generator = generator;
    this.#random = new Random(seed);
    this.#counts = counts;
  }

  /** Sends a burst and waits for the sign of life. @returns frames sent. */
  async round(): Promise<number> {
    if (this.#socket?.open !== true) await this.#connect();
    if (this.#socket?.open !== true) return 0;
    const names: string[] = [];
    let mayClose = false;
    while (names.length < burst && !mayClose) {
      const mutation = drawMutation(this.#random);
      const action = this.#random.pick(this.#generator.actions);
      const call = { id: `f-${++this.#sequence}`, action, payload: this.#generator.request(action, this.#random) };
      this.#counts.add('sent', mutation.name);
      names.push(`${mutation.name} (${action})`);
      this.#socket?.write(mutation.frames(call, this.#random));
      mayClose = mutation.mayClose ?? false;
    }
    const alive = await this.#signOfLife();
    if (!alive && !mayClose) {
      this.#counts.complain(`${this.#id}: ${this.#closed || 'no answer to Heartbeat'} after ${names.join(', ')}`);
    }
    if (!alive) this.#socket?.drop();
    return names.length;
  }

  async #connect(): Promise<void> {
    const { version } = this.#generator;
    this.#closed = '';
    const open = await new Promise<boolean>((resolve) => {
      const target = { port: this.#port, path: '/ocpp/', subprotocol: version.subprotocol };
      const socket = new RawSocket(target, this.#id, {
        opened: () => resolve(true),
        message: (data, start, end) => this.#receive(data.toString('utf8', start, end)),
        closed: (reason, code) => {
          this.#closed = reason;
          if (!reason.endsWith('by this side')) this.#counts.add('answers', `closed ${code ?? reason}`);
          resolve(false);
          if (this.#socket === socket) this.#sentinel?.resolve(false);
        },
      });
      this.#socket = socket;
    });
    if (!open) {
      this.#counts.complain(`${this.#id}: cannot connect: ${this.#closed}`);
      await sleep(200);
      return;
    }
    const payload = version.actions.has('StartTransaction')
      ? { chargePointVendor: 'Bench', chargePointModel: 'Fuzz' }
      : { reason: 'PowerUp', chargingStation: { vendorName: 'Bench', model: 'Fuzz' } };
    if (!(await this.#ask('BootNotification', payload)))
      this.#counts.complain(`${this.#id}: BootNotification not answered, ${this.#closed}`);
  }

  #signOfLife(): Promise<boolean> {
    return this.#ask('Heartbeat', {});
  }

  async #ask(action: string, payload: object): Promise<boolean> {
    if (this.#socket?.open !== true) return false;
    const id = `s-${++this.#sequence}`;
    const answer = new Promise<boolean>((resolve) => {
      const timer = setTimeout(resolve, patienceMs, false);
      this.#sentinel = {
        id,
        resolve: (alive) => {
          clearTimeout(timer);
          this.#sentinel = undefined;
          resolve(alive);
        },
      };
    });
    this.#socket.sendText(JSON.stringify([2, id, action, payload]));
    return answer;
  }

  #receive(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      this.#counts.complain(`${this.#id}: not JSON: ${text}`);
      return;
    }
    const [type, id, third, fourth, fifth] = Array.isArray(message) ? (message as unknown[]) : [];
    if (type === 3 && typeof third === 'object' && third !== null) this.#counts.add('answers', 'CallResult');
    else if (type === 4 && typeof third === 'string' && typeof fourth === 'string' && typeof fifth === 'object') {
      this.#counts.add('answers', `CallError ${third}`);
      if (third === 'InternalError') this.#counts.complain(`${this.#id}: ${text}`);
    } else if (type === 5 && typeof third === 'string' && typeof fourth === 'string' && typeof fifth === 'object') {
      this.#counts.add('answers', `CallResultError ${third}`);
    } else if (type === 2) {
      this.#counts.add('answers', `Call ${third}`);
      this.#socket?.sendText(JSON.stringify([4, id, 'NotSupported', '', {}]));
    } else this.#counts.complain(`${this.#id}: not a message of OCPP-J: ${text}`);
    const sentinel = this.#sentinel;
    if (sentinel !== undefined && sentinel.id === id) {
      if (type !== 3) this.#counts.complain(`${this.#id}: a plain question was answered ${text}`);
      sentinel.resolve(true);
    }
  }

  close(): void {
    this.#socket?.close();
  }
}

/** Ends early when the server died. What is wrong is in the report. */
export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzReport> {
  const { frames, connections, seed, onProgress = () => {} } = options;
  const counts = new Counts();
  const all = generators();
  const babblers = Array.from(
    { length: connections },
    (_, index) =>
      new Babbler(`FUZZ-${index + 1}`, target.ocppPort, all[index % all.length]!, seed * 1000 + index, counts),
  );
  let sent = 0;
  let residentBefore = 0;
  let told = 0;
  await Promise.all(
    babblers.map(async (babbler) => {
      while (sent < frames && counts.complaintCount < mostComplaints && isAlive(target.pid)) {
        const more = await babbler.round();
        sent += more;
        if (residentBefore === 0 && sent >= frames / 10) residentBefore = residentBytes(target.pid);
        if (sent - told >= frames / 20) {
          told = sent;
          onProgress(`${sent} frames, ${counts.complaintCount} complaints`);
        }
      }
    }),
  );
  for (const babbler of babblers) babbler.close();
  if (!isAlive(target.pid)) throw new Error('the gateway died');
  await sleep(3000);
  const { complaints, complaintCount, answers } = counts;
  return {
    frames: sent,
    sent: counts.sent,
    answers,
    complaints,
    complaintCount,
    residentBefore,
    residentAfter: residentBytes(target.pid),
  };
}
