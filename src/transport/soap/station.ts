/** A station that speaks SOAP: it has no connection, only requests now and then, and a service of its own that may be called. */
import type { Callable, JournalType, Link, Session, Wire } from '../../gateway/ports.ts';
import { errorConditions, type MessageId, type Payload, type Version, versions } from '../../ocpp/index.ts';
import {
  type Dialect,
  faultOf,
  type Headers,
  httpStatusOf,
  readEnvelope,
  type SoapDeviation,
  standardDialect,
  writeEnvelope,
  writeFaultEnvelope,
} from '../../ocpp/soap/index.ts';
import { type Callbacks, Unreachable } from './callback.ts';

/** The answer to one request of a station, as HTTP is to carry it. */
export interface Answer {
  readonly status: number;
  readonly envelope: string;
  readonly dialect: Dialect;
}

/** A request of the station that is not answered yet. */
interface Pending {
  readonly action: string;
  readonly dialect: Dialect;
  readonly headers: Headers;
  /** The envelope as received. */
  readonly text: string;
  /** The envelope of the answer, as soon as it is made for the Journal. */
  answer: Answer | undefined;
  readonly send: (answer: Answer) => void;
}

/** A Call to the station that is on its way. */
interface Outgoing {
  readonly id: string;
  readonly action: string;
  readonly envelope: string;
  /** What the station answered, for the Journal. */
  answered: string | undefined;
}

export interface SoapStationContext {
  readonly callbacks: Callbacks;
  /** The address of our own service, for `From`. */
  readonly ownAddress: string;
  /** How long a Call waits for the station's next message when the station could not be reached, in ms. */
  readonly secondTryMs: number;
  newId(): string;
  onDeviation(stationId: string, code: SoapDeviation): void;
  /** The gateway has ended the session. */
  gone(station: SoapStation): void;
}

/** Frames of OCPP-J towards the gateway, envelopes towards the station. */
export class SoapStation implements Link, Wire, Callable {
  readonly transport = 'soap';
  readonly id: string;
  readonly version: Version;
  readonly remoteAddress: string;
  readonly wire = this;
  readonly callable = this;
  /** ms since 1970, of the last message. */
  lastSeen = 0;
  #context: SoapStationContext;
  #session: Session | undefined;
  readonly #pending = new Map<string, Pending>();
  #outgoing: Outgoing | undefined;
  /** Address configured for the station; it wins over the one that the station gives. */
  #configured: string | null;
  #given: string | undefined;
  /** The dialect of the station's last request: it is called in the same. */
  #dialect: Dialect = standardDialect;
  #waiting: (() => void)[] = [];
  #secondTry: (() => void) | undefined;
  #isClosed = false;

  constructor(
    context: SoapStationContext,
    facts: {
      readonly id: string;
      readonly version: Version;
      readonly remoteAddress: string;
      readonly callbackUrl: string | null;
    },
  ) {
    this.#context = context;
    this.id = facts.id;
    this.version = facts.version;
    this.remoteAddress = facts.remoteAddress;
    this.#configured = facts.callbackUrl;
  }

  attach(session: Session): void {
    this.#session = session;
  }

  // ------------------------------------------------------------------------------------------------- from the station

  /**
   * Takes one request in.
   * @param callbackUrl the address configured for the station
   * @param send is called once when it is answered; never when it is not to be answered
   * @returns takes the request back: nobody waits for its answer any more
   */
  receive(
    request: {
      readonly action: string;
      readonly payload: Payload;
      readonly dialect: Dialect;
      readonly headers: Headers;
    },
    text: string,
    callbackUrl: string | null,
    send: (answer: Answer) => void,
  ): () => void {
    const { action, payload, dialect, headers } = request;
    const id = this.#frameId(headers.messageId);
    this.#dialect = dialect;
    if (headers.from !== undefined) this.#given = headers.from;
    this.#pending.set(id, { action, dialect, headers, text, answer: undefined, send });
    this.#session?.receive(JSON.stringify([2, id, action, payload]));
    this.configure(callbackUrl);
    this.#secondTry?.();
    return () => this.#pending.delete(id);
  }

  /** OCPP-J has ids of 36 characters, the length of a UUID; a MessageID is a URI. */
  #frameId(messageId: string | undefined): string {
    const id = (messageId ?? '').replace(/^urn:uuid:/i, '').replace(/^uuid:/i, '');
    return id === '' || id.length > 36 || this.#pending.has(id) ? this.#context.newId() : id;
  }

  // --------------------------------------------------------------------------------------------------- to the station

  send(frame: string): void {
    const [type, id, ...rest] = JSON.parse(frame) as [number, MessageId, ...unknown[]];
    if (type === 2) {
      const [action, payload] = rest as [string, Payload];
      if (this.#serves(action)) void this.#call(String(id), action, payload);
      // As a station would say that has never heard of it; the answer is not to come before the Call has gone.
      else queueMicrotask(() => this.#session?.receive(notServed(String(id), this.version, action)));
      return;
    }
    const pending = this.#pending.get(String(id));
    if (pending === undefined) return;
    this.#pending.delete(String(id));
    pending.send(
      pending.answer ??
        (type === 3
          ? this.#result(pending, rest[0] as Payload)
          : this.#fault(pending, rest[0] as string, rest[1] as string)),
    );
  }

  #result({ action, dialect, headers }: Pending, payload: Payload): Answer {
    const written = { dialect, headers: this.#answerHeaders(headers) };
    return {
      status: 200,
      dialect,
      envelope: writeEnvelope(this.version, 'centralSystem', 'response', action, payload, written),
    };
  }

  #fault({ dialect, headers }: Pending, code: string, description: string): Answer {
    const fault = faultOf(errorConditions.get(code) ?? 'GenericError', description);
    const written = { dialect, headers: this.#answerHeaders(headers) };
    const namespace = this.version.soap?.centralSystem.namespace ?? '';
    return {
      status: httpStatusOf(fault, dialect.soap),
      dialect,
      envelope: writeFaultEnvelope(fault, namespace, written),
    };
  }

  /** Complete: some stations refuse answers without MessageID, To or chargeBoxIdentity, or that are not for their From. */
  #answerHeaders({ messageId, from }: Headers): Headers {
    return {
      chargeBoxIdentity: this.id,
      messageId: `urn:uuid:${this.#context.newId()}`,
      relatesTo: messageId,
      from: this.#context.ownAddress,
      to: from,
    };
  }

  // -------------------------------------------------------------------------------------------------- for the Journal

  text(direction: 'in' | 'out', type: JournalType, id: MessageId, action: string, text: string): string | undefined {
    const key = String(id);
    if (type === 'Call') {
      if (direction === 'in') return this.#pending.get(key)?.text;
      if (!this.#serves(action)) return undefined;
      this.#outgoing = this.#envelope(key, action, JSON.parse(text) as Payload);
      return this.#outgoing.envelope;
    }
    if (direction === 'in') return this.#outgoing?.id === key ? this.#outgoing.answered : undefined;
    const pending = this.#pending.get(key);
    if (pending === undefined) return undefined;
    const payload = JSON.parse(text) as Payload;
    pending.answer =
      type === 'CallResult'
        ? this.#result(pending, payload)
        : this.#fault(pending, payload['code'], payload['description']);
    return pending.answer.envelope;
  }

  // ------------------------------------------------------------------------------------------------------------ calls

  get #address(): URL | undefined {
    return addressOf(this.#configured ?? this.#given);
  }

  get isCallable(): boolean {
    return this.#address !== undefined;
  }

  get whyNot(): string {
    return this.#configured === null && this.#given === undefined
      ? 'the station has not said where its own service listens (wsa:From), and no callbackUrl is configured for it'
      : `the address of the station's service is no URL that can be called: ${this.#configured ?? this.#given}`;
  }

  untilCallable(): Promise<void> {
    if (this.isCallable || this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  configure(callbackUrl: string | null): void {
    this.#configured = callbackUrl;
    if (this.isCallable) for (const wake of this.#waiting.splice(0)) wake();
  }

  /** What came after the WSDLs, such as the security extension of 1.6, has no form in SOAP. */
  #serves(action: string): boolean {
    return this.version.soap?.chargePoint.operations[action] !== undefined;
  }

  #envelope(id: string, action: string, payload: Payload): Outgoing {
    const headers = {
      chargeBoxIdentity: this.id,
      messageId: `urn:uuid:${id}`,
      from: this.#context.ownAddress,
      to: this.#address?.href,
    };
    const written = { dialect: this.#dialect, headers };
    const envelope = writeEnvelope(this.version, 'chargePoint', 'request', action, payload, written);
    return { id, action, envelope, answered: undefined };
  }

  async #call(id: string, action: string, payload: Payload): Promise<void> {
    const outgoing = this.#outgoing?.id === id ? this.#outgoing : this.#envelope(id, action, payload);
    this.#outgoing = outgoing;
    try {
      const answer = await this.#post(outgoing).catch(async (error: unknown) => {
        if (!(error instanceof Unreachable)) throw error;
        await this.#nextMessage();
        return this.#post(outgoing);
      });
      this.#answered(outgoing, answer);
    } catch (error) {
      // Not reached, it has done nothing; without an answer one does not know: then the Call's own timeout ends it.
      if (error instanceof Unreachable)
        this.#session?.receive(
          callError(id, 'GenericError', `the station's service cannot be reached: ${error.message}`),
        );
    }
  }

  #post({ envelope, action }: Outgoing): Promise<string> {
    const address = this.#address;
    if (address === undefined) throw new Unreachable(this.whyNot);
    return this.#context.callbacks.post(address, envelope, this.#dialect.soap, action);
  }

  /** Resolves with the station's next message. @throws Unreachable when none comes in time */
  #nextMessage(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#secondTry = undefined;
        reject(new Unreachable('no connection, and no message from the station since'));
      }, this.#context.secondTryMs);
      this.#secondTry = () => {
        this.#secondTry = undefined;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #answered(outgoing: Outgoing, text: string): void {
    outgoing.answered = text;
    const { id } = outgoing;
    let frame: string;
    try {
      const envelope = readEnvelope(text, 'chargePoint', versions, this.version);
      for (const code of envelope.deviations) this.#context.onDeviation(this.id, code);
      if (envelope.kind === 'response') frame = JSON.stringify([3, id, envelope.payload]);
      else if (envelope.kind === 'fault') {
        const { condition, description } = envelope.failure;
        frame = callError(id, this.version.errorCodes[condition], description);
      } else {
        const why = envelope.kind === 'refused' ? envelope.fault.reason : 'it is a request';
        frame = callError(id, this.version.errorCodes.FormatViolation, `the station's answer is no answer: ${why}`);
      }
    } catch (error) {
      frame = callError(
        id,
        this.version.errorCodes.FormatViolation,
        `the station's answer is no envelope: ${(error as Error).message}`,
      );
    }
    this.#session?.receive(frame);
  }

  // -------------------------------------------------------------------------------------------------------------- end

  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#context.gone(this);
    this.#pending.clear();
    for (const wake of this.#waiting.splice(0)) wake();
    this.#session?.closed(code, reason);
  }
}

const callError = (id: string, code: string, description: string): string =>
  JSON.stringify([4, id, code, description.slice(0, 255), {}]);

const notServed = (id: string, { name, errorCodes }: Version, action: string): string =>
  callError(id, errorCodes.NotImplemented, `OCPP ${name} over SOAP has no ${action}`);

/** http or https, or nothing. */
function addressOf(text: string | undefined): URL | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}
