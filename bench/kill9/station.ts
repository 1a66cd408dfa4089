/**
 * A station that charges without end and keeps a ledger. What was not answered it says again, with the same content
 * and a new message id, over as many connections as it takes (1.6 3.7.2, 2.0.1 E04).
 */
import { RawSocket } from '../load/socket.ts';
import type { LedgerTransaction, Said } from './ledger.ts';

/** How one Version says what a transaction is made of. */
export interface Dialect {
  readonly subprotocol: string;
  readonly boot: readonly [action: string, payload: object];
  /** `nativeId` is empty until {@link assigned} gave it. */
  start(t: Draft): readonly [action: string, payload: object];
  meter(t: Draft, register: number, seqNo: number): readonly [action: string, payload: object];
  stop(t: Draft, seqNo: number): readonly [action: string, payload: object];
  /** The transaction id that the answer to {@link start} gives out; `undefined`: the station's own stays. */
  assigned(response: { transactionId?: number }): string | undefined;
}

/** A transaction under way. */
export interface Draft {
  nativeId: string;
  /** The station's clock: later at each call, so that no two messages are the same. */
  readonly time: () => string;
  register: number;
}

const idToken = '04E1A2B3C4D5E6';
const sampled16 = (register: number) => [
  { value: String(register), context: 'Sample.Periodic', measurand: 'Energy.Active.Import.Register', unit: 'Wh' },
  { value: '16.0', context: 'Sample.Periodic', measurand: 'Current.Import', phase: 'L1', unit: 'A' },
];
const sampled201 = (value: number, context: string) => ({
  value,
  context,
  measurand: 'Energy.Active.Import.Register',
  unitOfMeasure: { unit: 'Wh' },
});
const event = (
  t: Draft,
  eventType: string,
  triggerReason: string,
  seqNo: number,
  info: object,
  value: number,
  context: string,
  more: object,
) => {
  const timestamp = t.time();
  return [
    'TransactionEvent',
    {
      eventType,
      timestamp,
      triggerReason,
      seqNo,
      transactionInfo: { transactionId: t.nativeId, ...info },
      evse: { id: 1, connectorId: 1 },
      meterValue: [{ timestamp, sampledValue: [sampled201(value, context)] }],
      ...more,
    },
  ] as const;
};

export const dialects: Readonly<Record<'1.6' | '2.0.1', Dialect>> = {
  '1.6': {
    subprotocol: 'ocpp1.6',
    boot: ['BootNotification', { chargePointVendor: 'Bench', chargePointModel: 'Ledger' }],
    start: (t) => ['StartTransaction', { connectorId: 1, idTag: idToken, meterStart: t.register, timestamp: t.time() }],
    meter: (t, register) => [
      'MeterValues',
      {
        connectorId: 1,
        transactionId: Number(t.nativeId),
        meterValue: [{ timestamp: t.time(), sampledValue: sampled16(register) }],
      },
    ],
    stop: (t) => [
      'StopTransaction',
      {
        transactionId: Number(t.nativeId),
        idTag: idToken,
        meterStop: t.register,
        timestamp: t.time(),
        reason: 'Local',
      },
    ],
    assigned: ({ transactionId }) => String(transactionId),
  },
  '2.0.1': {
    subprotocol: 'ocpp2.0.1',
    boot: ['BootNotification', { reason: 'PowerUp', chargingStation: { vendorName: 'Bench', model: 'Ledger' } }],
    start: (t) =>
      event(t, 'Started', 'Authorized', 0, { chargingState: 'Charging' }, t.register, 'Transaction.Begin', {
        idToken: { idToken, type: 'ISO14443' },
      }),
    meter: (t, register, seqNo) =>
      event(t, 'Updated', 'MeterValuePeriodic', seqNo, { chargingState: 'Charging' }, register, 'Sample.Periodic', {}),
    stop: (t, seqNo) =>
      event(t, 'Ended', 'StopAuthorized', seqNo, { stoppedReason: 'Local' }, t.register, 'Transaction.End', {}),
    assigned: () => undefined,
  },
};

const reconnectMs = 100;
/** After a CallError. */
const retryMs = 200;
const answerTimeoutMs = 20_000;

interface Pending {
  readonly id: string;
  readonly action: string;
  readonly answered: (response: { transactionId?: number }) => void;
}

export class LedgerStation {
  readonly id: string;
  readonly ledger: LedgerTransaction[] = [];
  /** Answers of a kind that should never come, in words. */
  readonly complaints: string[] = [];
  /** Calls answered. */
  answered = 0;
  /** Calls sent again after no answer came. */
  resent = 0;
  finished = false;
  readonly #dialect: Dialect;
  readonly #port: number;
  readonly #meterValues: number;
  #socket: RawSocket | undefined;
  #wake: (() => void) | undefined;
  #pending: Pending | undefined;
  #stopping = false;
  #clock = Date.now();
  #messages = 0;
  #register: number;

  /** @param meterValues in each transaction. */
  constructor(id: string, dialect: Dialect, port: number, meterValues: number, firstRegister: number) {
    this.id = id;
    this.#dialect = dialect;
    this.#port = port;
    this.#meterValues = meterValues;
    this.#register = firstRegister;
  }

  /** Ends after the transaction under way when {@link finish} is called. */
  async run(): Promise<void> {
    await this.#say(...this.#dialect.boot);
    while (!this.#stopping) await this.#charge();
    this.finished = true;
    this.#socket?.close();
  }

  finish(): void {
    this.#stopping = true;
  }

  #nextRegister(): number {
    this.#register += 1;
    return this.#register;
  }

  /** The station's clock: later at each call. */
  #time(): string {
    this.#clock = Math.max(this.#clock + 1, Date.now());
    return new Date(this.#clock).toISOString();
  }

  async #charge(): Promise<void> {
    const draft: Draft = {
      nativeId: crypto.randomUUID(),
      time: () => this.#time(),
      register: this.#nextRegister(),
    };
    const meterStart = draft.register;
    const said: Said[] = [];
    const start = await this.#say(...this.#dialect.start(draft));
    said.push(start.said);
    draft.nativeId = this.#dialect.assigned(start.response) ?? draft.nativeId;
    const registers: number[] = [];
    for (let seqNo = 1; seqNo <= this.#meterValues; seqNo++) {
      draft.register = this.#nextRegister();
      said.push((await this.#say(...this.#dialect.meter(draft, draft.register, seqNo))).said);
      registers.push(draft.register);
    }
    draft.register = this.#nextRegister();
    said.push((await this.#say(...this.#dialect.stop(draft, this.#meterValues + 1))).said);
    const { nativeId, register: meterStop } = draft;
    this.ledger.push({ stationId: this.id, nativeId, meterStart, meterStop, registers, said });
  }

  /** Says it until it is answered. */
  async #say(
    action: string,
    request: object,
  ): Promise<{ readonly said: Said; readonly response: { transactionId?: number } }> {
    const payload = JSON.stringify(request);
    for (let attempts = 1; ; attempts++) {
      if (this.#socket?.open !== true) await this.#connect();
      const response = await this.#call(action, payload);
      if (response !== undefined) {
        this.answered++;
        return { said: { action, payload, attempts }, response };
      }
      this.resent++;
    }
  }

  /** @returns the answer; `undefined` when there is none. */
  #call(action: string, payload: string): Promise<{ transactionId?: number } | undefined> {
    const id = `${this.id}-${++this.#messages}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.complaints.push(`${this.id}: ${action} not answered in ${answerTimeoutMs} ms`);
        this.#socket?.drop();
      }, answerTimeoutMs);
      const done = (response: { transactionId?: number } | undefined) => {
        clearTimeout(timer);
        this.#pending = undefined;
        this.#wake = undefined;
        resolve(response);
      };
      this.#pending = { id, action, answered: done };
      this.#wake = () => done(undefined);
      this.#socket?.sendText(`[2,"${id}","${action}",${payload}]`);
    });
  }

  async #connect(): Promise<void> {
    for (;;) {
      const open = await new Promise<boolean>((resolve) => {
        const socket = new RawSocket(
          { port: this.#port, path: '/ocpp/', subprotocol: this.#dialect.subprotocol },
          this.id,
          {
            opened: () => resolve(true),
            message: (data, start, end) => this.#receive(data.toString('utf8', start, end)),
            closed: () => {
              resolve(false);
              if (this.#socket === socket) this.#wake?.();
            },
          },
        );
        this.#socket = socket;
      });
      if (open) return;
      await new Promise((resolve) => setTimeout(resolve, reconnectMs));
    }
  }

  #receive(text: string): void {
    const [type, id, third, ...rest] = JSON.parse(text) as [number, string, unknown, ...unknown[]];
    if (type === 2) {
      this.#socket?.sendText(`[4,${JSON.stringify(id)},"NotSupported","",{}]`);
      return;
    }
    const pending = this.#pending;
    if (pending === undefined || pending.id !== id) {
      this.complaints.push(`${this.id}: an answer to nothing: ${text.slice(0, 200)}`);
    } else if (type === 3) {
      pending.answered(third as { transactionId?: number });
    } else {
      this.complaints.push(
        `${this.id}: ${pending.action} was answered ${text.slice(0, 300)} ${rest.length > 3 ? '...' : ''}`,
      );
      const wake = this.#wake;
      if (wake !== undefined) setTimeout(wake, retryMs);
    }
  }
}
