import {
  type Action,
  callFrame,
  callResultError,
  check,
  type Failure,
  type Frame,
  type MessageId,
  type Result,
  type Version,
} from '../ocpp/index.ts';

/** What the station said to one of our Calls, before anything is made of it. */
export interface Reply {
  readonly result: Result;
  /** The frame it came in; absent when none came. */
  readonly frame?: Extract<Frame, { type: 'CallResult' | 'CallError' }>;
}

interface InFlight {
  readonly id: string;
  readonly action: Action;
  readonly settle: (reply: Reply) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * The Calls to one station over one connection: one in flight at a time (1.6J 4.1.1, 2.x part 4 4.1.1), answers paired by
 * message id.
 */
export class Calls {
  readonly #version: Version;
  readonly #send: (frame: string) => void;
  readonly #giveUp: (id: string) => string | undefined;
  #inFlight: InFlight | undefined;

  /** @param giveUp takes a Call back that is not waited for any more, and tells why the station cannot have got it, if so */
  constructor(
    version: Version,
    send: (frame: string) => void,
    giveUp: (id: string) => string | undefined = () => undefined,
  ) {
    this.#version = version;
    this.#send = send;
    this.#giveUp = giveUp;
  }

  /**
   * Sends one Call and waits for its answer. Must not be called while another is in flight.
   * @param text the payload's JSON text
   * @param timeout ms
   */
  call(id: string, action: Action, text: string, timeout: number): Promise<Reply> {
    if (this.#inFlight !== undefined) throw new Error(`a Call is in flight already: ${this.#inFlight.action.name}`);
    return new Promise((settle) => {
      const timer = setTimeout(() => this.#lose(`no answer within ${timeout} ms`), timeout);
      this.#inFlight = { id, action, settle, timer };
      this.#send(callFrame(id, action.name, text));
    });
  }

  #settle(reply: Reply): void {
    const inFlight = this.#inFlight;
    if (inFlight === undefined) return;
    this.#inFlight = undefined;
    clearTimeout(inFlight.timer);
    inFlight.settle(reply);
  }

  /**
   * Takes an answer in.
   * @param deviates told of every mend in tolerant mode
   * @returns false when no Call waits for it: it came too late, or was never asked for
   */
  answered(
    frame: Extract<Frame, { type: 'CallResult' | 'CallError' }>,
    tolerant: boolean,
    now: number,
    deviates: (code: string) => void,
  ): boolean {
    const inFlight = this.#inFlight;
    if (inFlight === undefined || !sameId(inFlight.id, frame.id)) return false;
    if (frame.type === 'CallError') {
      const failure: Failure = {
        condition: frame.condition,
        description: frame.description === '' ? frame.code : frame.description,
      };
      this.#settle({ frame, result: { failure } });
      return true;
    }
    // Replies are answered by Calls only, so the response schema is there.
    const checked = check(frame.payload, inFlight.action.response!, tolerant, now);
    if (checked.errors === undefined) {
      for (const code of checked.deviations) deviates(code);
      this.#settle({ frame, result: { payload: checked.payload } });
    } else {
      const description = checked.errors.join('; ');
      if (this.#version.messageTypes.includes(5)) {
        this.#send(callResultError(frame.id, this.#version.errorCodes[checked.condition], description));
      }
      this.#settle({
        frame,
        result: {
          failure: { condition: 'FormatViolation', description: `the station's answer is invalid: ${description}` },
        },
      });
    }
    return true;
  }

  /** The answer to a Call came, and cannot be read. */
  unusable(id: MessageId, reason: string): void {
    if (this.#inFlight === undefined || !sameId(this.#inFlight.id, id)) return;
    this.#settle({ result: { failure: { condition: 'FormatViolation', description: reason } } });
  }

  /** There will be no answer. @param sent whether the station may have got the Call */
  unanswered(id: string, reason: string, sent: boolean): void {
    if (this.#inFlight?.id === id) this.#settle(noAnswer(reason, sent));
  }

  /** The connection is gone: what is in flight will have no answer. */
  close(): void {
    this.#lose('the connection was lost before the station answered');
  }

  #lose(reason: string): void {
    if (this.#inFlight === undefined) return;
    const unsent = this.#giveUp(this.#inFlight.id);
    this.#settle(unsent === undefined ? noAnswer(reason, true) : noAnswer(unsent, false));
  }
}

const sameId = (ours: string, theirs: MessageId): boolean => ours === theirs;

const noAnswer = (description: string, uncertain: boolean): Reply => ({
  result: { failure: { condition: 'GenericError', description, ...(uncertain ? { uncertain } : {}) } },
});
