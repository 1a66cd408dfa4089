/** A station of the load generator: plays a script, checks every answer, counts. */
import { type Frame, frameOf, fullId, isoNow, nextId, patch, startsWithId } from './frame.ts';
import { Histogram } from './histogram.ts';
import type { Script, Step } from './scripts.ts';
import { RawSocket } from './socket.ts';

/** Where and how a server listens, as a load process needs it. */
export interface Endpoint {
  readonly ocppPort: number;
  /** Everything before the station's id, ending in `/`. */
  readonly path: string;
  /** `ocpp`: CallResults; `echo`: the Call itself comes back, and nothing in it is looked at but the id. */
  readonly answers: 'ocpp' | 'echo';
}

/** What all stations of a run count together. */
export class Tally {
  readonly latency = new Histogram();
  answered = 0;
  /** Calls that the server made. */
  serverCalls = 0;
  errors = 0;
  /** The first few errors in words. */
  readonly samples: string[] = [];

  error(text: string): void {
    this.errors++;
    if (this.samples.length < 10) this.samples.push(text.slice(0, 400));
  }
}

/** What a station answers a server's Call with; any other Action gets a CallError. */
const responses: Readonly<Record<string, string>> = {
  ChangeAvailability: '{"status":"Accepted"}',
  ChangeConfiguration: '{"status":"Accepted"}',
  GetBaseReport: '{"status":"NotSupported"}',
  GetConfiguration: '{"configurationKey":[],"unknownKey":[]}',
  TriggerMessage: '{"status":"Accepted"}',
};

const firstRegister = 10_000_000;

/** `connecting` → `preparing` → `ready` → `looping` → `finishing` → `done`; `lost` from anywhere. */
export type Phase = 'connecting' | 'preparing' | 'ready' | 'looping' | 'finishing' | 'done' | 'lost';

export class Station {
  phase: Phase = 'connecting';
  readonly id: string;
  /** Why the connection ended. */
  lostBecause: string | undefined;
  readonly #script: Script;
  readonly #endpoint: Endpoint;
  readonly #tally: Tally;
  readonly #changed: (station: Station) => void;
  #socket: RawSocket | undefined;
  #steps: readonly Step[] = [];
  #position = 0;
  #frames = new Map<Step['template'], Frame>();
  #transaction = '1';
  #register = firstRegister;
  #pending: Step | undefined;
  #messageId = '';
  #sentAt = 0;
  #stopping = false;

  /** @param changed called on every change of {@link phase}. */
  constructor(id: string, script: Script, endpoint: Endpoint, tally: Tally, changed: (station: Station) => void) {
    this.id = id;
    this.#script = script;
    this.#endpoint = endpoint;
    this.#tally = tally;
    this.#changed = changed;
  }

  connect(): void {
    this.phase = 'connecting';
    this.#pending = undefined;
    const socket = new RawSocket(
      { port: this.#endpoint.ocppPort, path: this.#endpoint.path, subprotocol: this.#script.subprotocol },
      this.id,
      {
        opened: () => this.#enter('preparing', this.#script.prepare),
        message: (data, start, end) => this.#receive(socket, data, start, end),
        closed: (reason) => {
          if (socket === this.#socket) this.#lost(reason);
        },
      },
    );
    this.#socket = socket;
  }

  /** True while a Call waits for its answer. */
  get waiting(): boolean {
    return this.#pending !== undefined;
  }

  startLoop(): void {
    if (this.phase === 'ready') this.#enter('looping', this.#script.loop);
  }

  /** After the round of the loop that is under way. */
  stopLoop(): void {
    this.#stopping = true;
  }

  /** Sends one Call outside the script, while `ready`. */
  say(step: Step): void {
    if (this.phase !== 'ready' || this.#pending !== undefined) throw new Error(`${this.id} is busy`);
    this.#send(step);
  }

  close(): void {
    this.#socket?.close();
  }

  drop(): void {
    this.#socket?.drop();
  }

  #enter(phase: Phase, steps: readonly Step[] = []): void {
    this.phase = phase;
    this.#steps = steps;
    this.#position = 0;
    this.#changed(this);
    if (phase === 'preparing' || phase === 'looping' || phase === 'finishing') this.#advance();
    else this.#frames.clear();
  }

  #advance(): void {
    const step = this.#steps[this.#position];
    if (step !== undefined) {
      this.#position++;
      this.#send(step);
    } else if (this.phase === 'preparing') this.#enter('ready');
    else if (this.phase === 'looping') {
      if (this.#stopping) this.#enter('finishing', this.#script.finish);
      else {
        this.#position = 0;
        this.#advance();
      }
    } else if (this.phase === 'finishing') this.#enter('done');
  }

  #send(step: Step): void {
    if (step.begins)
      this.#begin(`"7b0e${(process.pid & 0xffff).toString(16).padStart(4, '0')}-9c1d-4e2f-8a3b-${nextId()}"`);
    if (step.meters) this.#register += 17;
    let frame = this.#frames.get(step.template);
    if (frame === undefined) {
      frame = frameOf(step.template, this.#transaction);
      this.#frames.set(step.template, frame);
    }
    this.#messageId = nextId();
    patch(frame, frame.id, this.#messageId);
    for (const offset of frame.times) patch(frame, offset, isoNow());
    if (frame.energies.length > 0) {
      const register = String(this.#register);
      for (const offset of frame.energies) patch(frame, offset, register);
    }
    this.#pending = step;
    this.#sentAt = performance.now();
    this.#socket?.write(frame.bytes);
  }

  /** A transaction with its own id: frames that name it are made anew. */
  #begin(transaction: string): void {
    this.#transaction = transaction;
    for (const template of this.#frames.keys()) if (template.parts.includes('@TX@')) this.#frames.delete(template);
  }

  #receive(socket: RawSocket, data: Buffer, start: number, end: number): void {
    if (socket !== this.#socket) return;
    const step = this.#pending;
    const echo = this.#endpoint.answers === 'echo';
    if (step !== undefined && startsWithId(data, start, echo ? 0x32 : 0x33, this.#messageId)) {
      this.#tally.latency.add((performance.now() - this.#sentAt) * 1000);
      this.#tally.answered++;
      this.#pending = undefined;
      if (!echo && (step.expects !== undefined || step.assigns)) this.#check(step, data.toString('latin1', start, end));
      this.#advance();
      return;
    }
    this.#other(data.toString('utf8', start, end));
  }

  #check(step: Step, text: string): void {
    if (step.expects !== undefined && !text.includes(step.expects)) {
      this.#tally.error(`${this.id}: ${step.action} was answered ${text}`);
    }
    if (!step.assigns) return;
    const [, , payload] = JSON.parse(text) as [number, string, { transactionId?: unknown }];
    if (typeof payload.transactionId !== 'number') this.#tally.error(`${this.id}: no transactionId in ${text}`);
    else this.#begin(String(payload.transactionId));
  }

  /** Anything but the CallResult that is waited for. */
  #other(text: string): void {
    const [type, id, action] = JSON.parse(text) as [number, string, string];
    if (type === 2) {
      this.#tally.serverCalls++;
      const response = responses[action];
      this.#socket?.sendText(response === undefined ? `[4,"${id}","NotImplemented","",{}]` : `[3,"${id}",${response}]`);
      return;
    }
    const step = this.#pending;
    if (step !== undefined && (type === 3 || type === 4) && id === fullId(this.#messageId)) {
      if (type === 4) this.#tally.error(`${this.id}: ${step.action} was answered ${text}`);
      this.#tally.answered++;
      this.#pending = undefined;
      if (type === 3) this.#check(step, text);
      this.#advance();
      return;
    }
    this.#tally.error(`${this.id}: unexpected ${text}`);
  }

  #lost(reason: string): void {
    if (this.phase === 'lost') return;
    this.lostBecause = reason;
    this.phase = 'lost';
    this.#frames.clear();
    this.#changed(this);
  }
}
