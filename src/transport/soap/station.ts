/** A station that speaks SOAP: it has no connection, only requests now and then, and a service of its own that may be called. */
import type { Callable, JournalType, JsonObject, Link, Session, StationFacts, Wire } from '../../gateway/ports.ts';
import { errorConditions, type MessageId, type Payload, type Version } from '../../ocpp/index.ts';
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
import type { HttpAnswer } from './callback.ts';
import { Caller, type Outgoing } from './caller.ts';

/** The answer to one request of a station, as HTTP is to carry it. */
export interface Answer {
  readonly status: number;
  readonly envelope: string;
  readonly dialect: Dialect;
}

/** A request of a station, as it was understood. */
export interface Request {
  readonly action: string;
  readonly payload: Payload;
  readonly dialect: Dialect;
  readonly headers: Headers;
  /** The envelope as received. */
  readonly text: string;
}

/** A request that is not answered yet. */
interface Pending extends Request {
  /** The answer, as soon as the Journal has been given it. Another one may be sent: it could not be stored. */
  recorded: { readonly type: JournalType; readonly answer: Answer } | undefined;
  /** Told once; `undefined`: it is not answered, and should come again. */
  readonly reply: (answer: Answer | undefined) => void;
}

export interface SoapStationContext {
  /** The address of our own service, for `From`. */
  ownAddress(): string;
  /** What stations are told in the answer to BootNotification, unless they were told something else, in s. */
  readonly heartbeatInterval: number;
  /** Largest answer of a station, in bytes. */
  readonly maxBytes: number;
  newId(): string;
  /** ms since 1970 */
  now(): number;
  onDeviation(stationId: string, code: SoapDeviation): void;
  onError(stationId: string, error: unknown): void;
  /** The session has ended. */
  gone(station: SoapStation): void;
}

/** How often in a heartbeat interval what a station leaves for its next session is stored, at most. */
const REMEMBERED_PER_INTERVAL = 8;

/** What is kept of a station for its next session. */
interface Memory {
  /** What its last `From` said. */
  readonly from: string | null;
  /** Where that came from. */
  readonly heardFrom: string;
  /** The dialect of its last request. */
  readonly soap: string;
  readonly addressing: string;
  /** The heartbeat interval that it was last told, in s. */
  readonly interval: number;
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
  lastSeen: number;
  readonly #context: SoapStationContext;
  #session: Session | undefined;
  readonly #pending = new Map<string, Pending>();
  readonly #caller: Caller;
  #outgoing: Outgoing | undefined;
  #configured: string | null = null;
  #strict = false;
  /** What is to be kept, and when it last was. */
  #memory: Memory;
  #rememberedAt = 0;
  /** The station is called in the dialect of its last request. */
  #dialect: Dialect = standardDialect;
  #isClosed = false;

  constructor(
    context: SoapStationContext,
    { id, version, remoteAddress }: { readonly id: string; readonly version: Version; readonly remoteAddress: string },
    facts: StationFacts | undefined,
  ) {
    this.#context = context;
    this.id = id;
    this.version = version;
    this.#caller = new Caller(context.maxBytes);
    this.#memory = memoryOf(facts?.linkState ?? {}, remoteAddress, context.heartbeatInterval);
    this.#dialect = dialectOf(this.#memory);
    this.remoteAddress = remoteAddress === '' ? this.#memory.heardFrom : remoteAddress;
    this.lastSeen = context.now();
    this.#configured = facts?.callbackUrl ?? null;
    this.#strict = facts?.strict ?? false;
    this.#locate();
  }

  attach(session: Session): void {
    this.#session = session;
  }

  /** When the station counts as away unless it says something (two heartbeat intervals), in ms since 1970. */
  get expiresAt(): number {
    return this.lastSeen + 2 * this.#memory.interval * 1000;
  }

  // ------------------------------------------------------------------------------------------------- from the station

  /** Requests that are not answered yet. */
  get waiting(): number {
    return this.#pending.size;
  }

  /**
   * Takes one request in.
   * @param reply is called once with the answer, or with `undefined` when it is not answered now and should come again
   * @returns takes the request back: nobody waits for its answer any more
   */
  receive(request: Request, heardFrom: string, reply: (answer: Answer | undefined) => void): () => void {
    const { action, payload, dialect, headers } = request;
    this.lastSeen = this.#context.now();
    const pending: Pending = { ...request, recorded: undefined, reply };
    if (this.#isOnlyJson(action)) {
      const name = `OCPP ${this.version.name} over SOAP`;
      reply(this.#fault(pending, this.version.errorCodes.NotSupported, `${name} has no ${action} of stations`));
      return () => {};
    }
    const id = this.#frameId(headers.messageId);
    this.#pending.set(id, pending);
    const isCallableNow = this.#heard(heardFrom, headers.from, dialect);
    try {
      this.#session?.receive(JSON.stringify([2, id, action, payload]));
    } catch (error) {
      this.#context.onError(this.id, error);
      this.close(1011, 'internal error');
    }
    if (this.lastSeen - this.#rememberedAt > (this.#memory.interval * 1000) / REMEMBERED_PER_INTERVAL) this.#remember();
    if (isCallableNow) this.#session?.callable();
    this.#caller.heard();
    return () => this.#pending.delete(id);
  }

  /** What the gateway would take in, and the WSDL of the Version does not have: the security extension of 1.6. */
  #isOnlyJson(action: string): boolean {
    const known = this.version.actions.get(action);
    return (
      known !== undefined &&
      known.initiator !== 'csms' &&
      !Object.hasOwn(this.version.soap?.centralSystem.operations ?? {}, action)
    );
  }

  /** OCPP-J has ids of 36 characters, the length of a UUID; a MessageID is a URI. */
  #frameId(messageId: string | undefined): string {
    const id = (messageId ?? '').replace(/^(?:urn:)?(?:uuid:)?/i, '');
    return id === '' || id.length > 36 || this.#pending.has(id) ? this.#context.newId() : id;
  }

  /** Takes in where the station is and how it speaks. @returns whether it can be called now and could not before */
  #heard(heardFrom: string, from: string | undefined, dialect: Dialect): boolean {
    const { soap, addressing } = dialect;
    const known = this.#memory;
    this.#dialect = dialect;
    const isSame =
      soap === known.soap &&
      addressing === known.addressing &&
      (from === undefined || (from === known.from && heardFrom === known.heardFrom));
    if (isSame) return false;
    this.#rememberedAt = 0;
    this.#memory = { ...known, soap, addressing, ...(from === undefined ? {} : { from, heardFrom }) };
    return this.#locate();
  }

  #locate(): boolean {
    return this.#caller.locate({ ...this.#memory, configured: this.#configured });
  }

  /** Has the gateway keep what a later session must know. */
  #remember(): void {
    this.#rememberedAt = this.lastSeen;
    this.#session?.remember({ ...this.#memory });
  }

  // --------------------------------------------------------------------------------------------------- to the station

  send(frame: string): void {
    const [type, id, ...rest] = JSON.parse(frame) as [number, MessageId, ...unknown[]];
    const key = String(id);
    if (type === 2) {
      this.#call(key, rest[0] as string, rest[1] as Payload);
      return;
    }
    const pending = this.#pending.get(key);
    if (pending === undefined) return;
    const kind = type === 3 ? 'CallResult' : 'CallError';
    if (kind === 'CallResult') this.#toldInterval(pending.action, rest[0] as Payload);
    const answer =
      pending.recorded?.type === kind
        ? pending.recorded.answer
        : kind === 'CallResult'
          ? this.#result(pending, rest[0] as Payload)
          : this.#fault(pending, rest[0] as string, rest[1] as string);
    this.#pending.delete(key);
    pending.reply(answer);
  }

  #result({ action, dialect, headers }: Pending, payload: Payload): Answer {
    const written = { dialect, headers: this.#answerHeaders(headers) };
    const envelope = writeEnvelope(this.version, 'centralSystem', 'response', action, payload, written);
    return { status: 200, dialect, envelope };
  }

  #fault({ dialect, headers }: Pending, code: string, description: string): Answer {
    const fault = faultOf(errorConditions.get(code) ?? 'GenericError', description);
    const written = { dialect, headers: this.#answerHeaders(headers) };
    const envelope = writeFaultEnvelope(fault, this.version.soap?.centralSystem.namespace ?? '', written);
    return { status: httpStatusOf(fault, dialect.soap), dialect, envelope };
  }

  /** Complete: some stations refuse answers without MessageID, To or chargeBoxIdentity, or that are not for their From. */
  #answerHeaders({ messageId, from }: Headers): Headers {
    return {
      chargeBoxIdentity: this.id,
      messageId: `urn:uuid:${this.#context.newId()}`,
      relatesTo: messageId,
      from: this.#context.ownAddress(),
      to: from,
    };
  }

  /** The interval that the station was told counts for how long it may be silent. */
  #toldInterval(action: string, payload: Payload): void {
    if (action !== this.version.boot || payload['status'] !== 'Accepted') return;
    this.#setInterval(payload['interval'] ?? payload['heartbeatInterval']);
  }

  #setInterval(seconds: unknown): void {
    if (typeof seconds !== 'number' || !(seconds > 0) || seconds === this.#memory.interval) return;
    this.#memory = { ...this.#memory, interval: seconds };
    this.#rememberedAt = 0;
  }

  // -------------------------------------------------------------------------------------------------- for the Journal

  carries(action: string): boolean {
    return Object.hasOwn(this.version.soap?.chargePoint.operations ?? {}, action);
  }

  text(direction: 'in' | 'out', type: JournalType, id: MessageId, action: string, text: string): string | undefined {
    const key = String(id);
    if (type === 'Call') {
      if (direction === 'in') return this.#pending.get(key)?.text;
      this.#outgoing = this.#envelope(key, action, JSON.parse(text) as Payload);
      return this.#outgoing.envelope;
    }
    if (direction === 'in') return this.#outgoing?.id === key ? this.#outgoing.answered : undefined;
    const pending = this.#pending.get(key);
    if (pending === undefined) return undefined;
    const payload = JSON.parse(text) as Payload;
    const answer =
      type === 'CallResult'
        ? this.#result(pending, payload)
        : this.#fault(pending, payload['code'], payload['description']);
    pending.recorded = { type, answer };
    return answer.envelope;
  }

  // ------------------------------------------------------------------------------------------------------------ calls

  configure({ callbackUrl, strict }: StationFacts): void {
    this.#configured = callbackUrl;
    this.#strict = strict;
    if (this.#locate()) this.#session?.callable();
  }

  get isCallable(): boolean {
    return this.#caller.whyNot === undefined;
  }

  get whyNot(): string {
    return this.#caller.whyNot ?? '';
  }

  #envelope(id: string, action: string, payload: Payload): Outgoing {
    const headers = {
      chargeBoxIdentity: this.id,
      messageId: `urn:uuid:${id}`,
      from: this.#context.ownAddress(),
      to: this.#configured ?? this.#memory.from ?? undefined,
    };
    const written = { dialect: this.#dialect, headers };
    return {
      id,
      action,
      envelope: writeEnvelope(this.version, 'chargePoint', 'request', action, payload, written),
      soap: this.#dialect.soap,
      abort: new AbortController(),
      unsent: 'it was not sent',
      answered: undefined,
    };
  }

  #call(id: string, action: string, payload: Payload): void {
    if (this.#outgoing?.id !== id) this.#outgoing = this.#envelope(id, action, payload);
    const outgoing = this.#outgoing;
    this.#caller.carry(outgoing).then(
      (answer) => this.#answered(outgoing, payload, answer),
      (error: Error) => {
        if (outgoing.abort.signal.aborted) return;
        const why = outgoing.unsent ?? `the station did not answer: ${error.message}`;
        this.#session?.unanswered(id, why, outgoing.unsent === undefined);
      },
    );
  }

  giveUp(id: string): string | undefined {
    if (this.#outgoing?.id !== id) return undefined;
    this.#outgoing.abort.abort();
    return this.#outgoing.unsent;
  }

  /** Hands the answer in, as the frame that it would be in OCPP-J. */
  #answered(outgoing: Outgoing, request: Payload, { status, text }: HttpAnswer): void {
    if (this.#isClosed || outgoing.abort.signal.aborted) return;
    outgoing.answered = text;
    const { id, action } = outgoing;
    const { errorCodes } = this.version;
    const unusable = (why: string): string =>
      callError(id, errorCodes.FormatViolation, `the station's answer (HTTP ${status}) ${why}`);
    let frame: string;
    try {
      const envelope = readEnvelope(text, 'chargePoint', [this.version], () => this.version);
      for (const code of envelope.deviations) this.#context.onDeviation(this.id, code);
      if (this.#strict && envelope.deviations.length > 0)
        frame = unusable(`is not as a strict station has to answer: ${envelope.deviations.join(', ')}`);
      else if (envelope.kind === 'fault') {
        const { condition, description } = envelope.failure;
        frame = callError(id, errorCodes[condition], description);
      } else if (envelope.kind === 'refused') frame = unusable(`is none: ${envelope.fault.reason}`);
      else if (envelope.kind === 'request' || envelope.action !== action)
        frame = unusable(`is none to ${action} but a ${envelope.kind} of ${envelope.action.slice(0, 50)}`);
      else {
        frame = JSON.stringify([3, id, envelope.payload]);
        if (isHeartbeatInterval(action, request, envelope.payload)) this.#setInterval(Number(request['value']));
      }
    } catch (error) {
      frame = unusable(`is no envelope: ${(error as Error).message}`);
    }
    this.#session?.receive(frame);
  }

  // -------------------------------------------------------------------------------------------------------------- end

  /** Ends the session. What is not answered should come again. */
  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#context.gone(this);
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reply } of pending) reply(undefined);
    this.#session?.closed(code, reason);
    this.#outgoing?.abort.abort();
  }
}

/** `HeartBeatInterval` in 1.5, `HeartbeatInterval` in 1.6. */
const isHeartbeatInterval = (action: string, { key }: Payload, { status }: Payload): boolean =>
  action === 'ChangeConfiguration' && status === 'Accepted' && /^heartbeatinterval$/i.test(String(key));

const callError = (id: string, code: string, description: string): string =>
  JSON.stringify([4, id, code, description.slice(0, 255), {}]);

/** What an earlier session has left; an earlier release may have left less. */
function memoryOf(state: JsonObject, remoteAddress: string, heartbeatInterval: number): Memory {
  const { from, heardFrom, soap, addressing, interval } = state;
  return {
    from: typeof from === 'string' ? from : null,
    heardFrom: typeof heardFrom === 'string' ? heardFrom : remoteAddress,
    soap: soap === '1.1' ? soap : standardDialect.soap,
    addressing: typeof addressing === 'string' ? addressing : standardDialect.addressing,
    interval: typeof interval === 'number' ? interval : heartbeatInterval,
  };
}

const dialectOf = ({ soap, addressing }: Memory): Dialect => ({ soap: soap === '1.1' ? '1.1' : '1.2', addressing });
