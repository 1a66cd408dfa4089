import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Admission, Door, Handshake } from '../../gateway/ports.ts';
import type { Log } from './connection.ts';
import { type Refusal, refuse } from './handshake.ts';
import type { Visitor } from './turnstile.ts';

/** What becomes of a handshake that the door has decided on. */
export type Decision = Exclude<Admission, { kind: 'refused' }>;

/** What the handshakes of a server share. */
export interface ArrivalContext {
  readonly door: Door;
  readonly realm: string;
  readonly log: Log;
  /** Completes the upgrade of a socket that is known to be open. */
  upgrade(arrival: Arrival, decision: Decision): void;
  /** The peer has gone while the handshake waited. */
  left(arrival: Arrival): void;
  /** The handshake ended without a connection. */
  refused(): void;
}

/** After how many seconds a station that cannot be served now is asked to come again. */
export const defaultRetryAfter = 10;

/** A handshake on its way through the door. */
export class Arrival implements Visitor {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
  readonly handshake: Handshake;
  readonly deviations: readonly string[];
  readonly #context: ArrivalContext;
  readonly #onClose: () => void;
  #over = false;

  constructor(
    context: ArrivalContext,
    facts: Pick<Arrival, 'request' | 'socket' | 'head' | 'handshake' | 'deviations'>,
  ) {
    this.#context = context;
    this.request = facts.request;
    this.socket = facts.socket;
    this.head = facts.head;
    this.handshake = facts.handshake;
    this.deviations = facts.deviations;
    this.#onClose = () => {
      context.left(this);
      this.abandon();
    };
    this.socket.once('close', this.#onClose);
  }

  async enter(): Promise<void> {
    const { door, log } = this.#context;
    const { stationId } = this.handshake;
    let admission: Admission;
    try {
      admission = await door.admit(this.handshake);
    } catch (error) {
      log.error({ stationId, err: error }, 'a handshake could not be decided on');
      this.refuse(unavailable('the gateway cannot decide on this station now'));
      return;
    }
    if (this.#over || (await this.#peerHasLeft())) {
      this.abandon();
      return;
    }
    if (admission.kind === 'refused') {
      this.refuse(refusalOf(admission, this.#context.realm));
      return;
    }
    this.#end();
    try {
      this.#context.upgrade(this, admission);
    } catch (error) {
      log.error({ stationId, err: error }, 'a connection could not be opened');
      this.socket.destroy();
    }
  }

  expire(): void {
    this.refuse(unavailable('the gateway is busy'));
  }

  /** Answers with plain HTTP, unless it is over already. */
  refuse(refusal: Refusal): void {
    if (this.#over) return;
    this.#end();
    this.#context.log.info(
      { stationId: this.handshake.stationId, remoteAddress: this.handshake.remoteAddress, status: refusal.status },
      `handshake refused: ${refusal.reason}`,
    );
    refuse(this.socket, refusal);
    this.#context.refused();
  }

  /** The peer is gone: nobody to answer. */
  abandon(): void {
    if (this.#over) return;
    this.#end();
    this.socket.destroy();
    this.#context.refused();
  }

  #end(): void {
    this.#over = true;
    this.socket.off('close', this.#onClose);
  }

  /** A FIN is seen only by reading, and it takes effect in the next tick. */
  async #peerHasLeft(): Promise<boolean> {
    this.socket.read(0);
    await new Promise((resolve) => process.nextTick(resolve));
    return !this.socket.readable || !this.socket.writable;
  }
}

/** 503, come again later. */
export function unavailable(reason: string): Refusal {
  return { status: 503, reason, headers: { 'Retry-After': String(defaultRetryAfter) } };
}

function refusalOf(admission: Extract<Admission, { kind: 'refused' }>, realm: string): Refusal {
  const { status, reason, retryAfter = defaultRetryAfter } = admission;
  switch (status) {
    case 401:
      return { status, reason, headers: { 'WWW-Authenticate': `Basic realm="${realm}"` } };
    case 429:
    case 503:
      return { status, reason, headers: { 'Retry-After': String(Math.ceil(retryAfter)) } };
    default:
      return { status, reason };
  }
}
