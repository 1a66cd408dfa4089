import {
  type Action,
  callError,
  callResult,
  type Frame,
  parseFrame,
  sendFrame,
  type Version,
} from '../../ocpp/index.ts';
import { Calls, type Reply } from '../calls.ts';
import type { Services } from '../services.ts';
import type { LinkState, UpstreamDialer, UpstreamRow, UpstreamSession, UpstreamSocket } from './types.ts';

export type CallFrame = Extract<Frame, { type: 'Call' | 'Send' }>;
export type Complaint = Extract<Frame, { type: 'CallResultError' }>;

/** Pause before the first new attempt to connect and the longest one, ms; random between half and all of it. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 30_000;

/** Who is told of an {@link UpstreamConnection}. */
export interface UpstreamListener {
  opened(): void;
  /** It was open and is not any more, or could not be opened. */
  closed(wasOpen: boolean, reason: string): void;
  called(frame: CallFrame): void;
  /** It cannot use an answer of ours (2.1). */
  complained(frame: Complaint): void;
}

/** A connection to an upstream, which is opened again for as long as it is wanted, with pauses that double (2.x part 4 5.3). */
export class UpstreamConnection {
  readonly version: Version;
  readonly #upstream: UpstreamRow;
  readonly #stationId: string;
  readonly #services: Services;
  readonly #dialer: UpstreamDialer;
  readonly #listener: UpstreamListener;
  readonly #turn: () => Promise<void>;
  #wanted = false;
  #socket: UpstreamSocket | undefined;
  #calls: Calls | undefined;
  #timer: NodeJS.Timeout | undefined;
  state: LinkState = 'closed';
  openedAt: number | null = null;
  failures = 0;
  lastError: string | null = null;

  /** @param turn resolves when one more connection may be begun */
  constructor(
    version: Version,
    upstream: UpstreamRow,
    stationId: string,
    services: Services,
    dialer: UpstreamDialer,
    turn: () => Promise<void>,
    listener: UpstreamListener,
  ) {
    this.version = version;
    this.#upstream = upstream;
    this.#stationId = stationId;
    this.#services = services;
    this.#dialer = dialer;
    this.#turn = turn;
    this.#listener = listener;
  }

  open(): void {
    this.#wanted = true;
    if (this.state === 'closed') this.#connect();
  }

  /** Closes it, and does not open it again. */
  close(reason: string): void {
    this.#wanted = false;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (socket === undefined) this.state = 'closed';
    else {
      this.#ended(socket, reason);
      socket.close(1000, reason);
    }
  }

  /** Closes it because the upstream does not behave, and opens it again after a pause. */
  drop(reason: string): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#ended(socket, reason);
    socket.close(1001, reason);
  }

  #connect(): void {
    this.state = 'connecting';
    void this.#turn().then(() => {
      if (!this.#wanted || this.state !== 'connecting' || this.#socket !== undefined) return;
      const session: UpstreamSession = {
        opened: () => this.#socket === socket && this.#opened(),
        receive: (text) => this.#socket === socket && this.#receive(text),
        closed: (code, reason) => this.#ended(socket, reason === '' ? `closed with ${code}` : reason),
      };
      const socket: UpstreamSocket = this.#dialer.dial(this.#upstream, this.#stationId, session);
      this.#socket = socket;
    });
  }

  #opened(): void {
    this.state = 'open';
    this.openedAt = this.#services.now();
    this.failures = 0;
    this.#calls = new Calls(this.version, (frame) => this.send(frame));
    this.#listener.opened();
  }

  #ended(socket: UpstreamSocket, reason: string): void {
    if (this.#socket !== socket) return;
    const wasOpen = this.state === 'open';
    this.#socket = undefined;
    this.openedAt = null;
    this.lastError = reason;
    const calls = this.#calls;
    this.#calls = undefined;
    if (this.#wanted) {
      const longest = Math.min(FIRST_PAUSE * 2 ** Math.min(this.failures, 20), LONGEST_PAUSE);
      this.failures++;
      this.state = 'waiting';
      this.#timer = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
      this.#timer.unref();
    } else this.state = 'closed';
    calls?.close();
    this.#listener.closed(wasOpen, reason);
  }

  #receive(text: string): void {
    const frame = parseFrame(text, this.version, true);
    const log = { station: this.#stationId, upstream: this.#upstream.name };
    switch (frame.type) {
      case 'Call':
      case 'Send':
        this.#listener.called(frame);
        break;
      case 'CallResult':
      case 'CallError':
        if (this.#calls?.answered(frame, true, this.#services.now(), () => undefined) !== true)
          this.#services.log.debug({ ...log, id: frame.id }, 'an answer of an upstream came that no Call waits for');
        break;
      case 'CallResultError':
        this.#services.log.warn(
          { ...log, id: frame.id, code: frame.code, description: frame.description },
          'an upstream complains about our answer',
        );
        this.#listener.complained(frame);
        break;
      case 'Malformed':
        this.#services.log.warn({ ...log, reason: frame.reason }, 'a frame of an upstream could not be read');
        if (frame.answer !== undefined) this.send(frame.answer);
        if (frame.answers !== undefined) this.#calls?.unusable(frame.answers, frame.reason);
    }
  }

  send(frame: string): void {
    this.#socket?.send(frame);
  }

  answer(frame: CallFrame, text: string): void {
    if (frame.type === 'Call') this.send(callResult(frame.id, text));
  }

  refuse(frame: CallFrame, code: string, description: string): void {
    if (frame.type === 'Call') this.send(callError(frame.id, code, description));
  }

  /** Sends a Call, or a Send, which nobody answers. Only while it is open, and one at a time. @param timeout ms */
  async call(id: string, action: Action, text: string, timeout: number): Promise<Reply> {
    if (this.#calls === undefined) return { result: { failure: { ...away, uncertain: true } } };
    if (action.kind === 'call') return this.#calls.call(id, action, text, timeout);
    this.send(sendFrame(id, action.name, text));
    return { result: { payload: {} } };
  }
}

const away = { condition: 'GenericError', description: 'the upstream is not connected' } as const;
