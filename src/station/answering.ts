import { describeError } from '../ocpp/validate.ts';
import type { Action } from '../ocpp/versions/index.ts';
import { CallRefused, type Frame, readFrame, refusalOf } from './frames.ts';
import type { VirtualStation } from './station.ts';

/** What a frame that came in means: an answer to one of our Calls, or a Call to answer. */
export class Answering {
  readonly #station: VirtualStation;

  constructor(station: VirtualStation) {
    this.#station = station;
  }

  receive(text: string): void {
    const station = this.#station;
    const { version } = station.dialect;
    const frame = readFrame(text);
    station.out.seen('in', frame, text);
    switch (frame.type) {
      case 'Call':
        this.#call(frame);
        return;
      case 'CallResult':
        this.#result(frame);
        return;
      case 'CallError':
        if (!station.calls.answered(frame.id, { kind: 'error', code: frame.code, description: frame.description })) {
          station.emit('deviation', `an unexpected CallError: ${text.slice(0, 200)}`);
        }
        return;
      case 'CallResultError':
        station.emit('deviation', `the CSMS complains of an answer: ${frame.code} ${frame.description}`);
        return;
      case 'Send':
        station.emit('deviation', `no Action of a CSMS is a Send: ${frame.action}`);
        return;
      case 'unknown':
        if (version.unknownMessageType === 'MessageTypeNotSupported') {
          this.#refuse(frame.id, new CallRefused('MessageTypeNotSupported', `message type ${String(frame.number)}`));
        }
        return;
      case 'unreadable':
        station.emit('deviation', `a frame ${frame.reason}: ${text.slice(0, 200)}`);
        // 1.6 has no code for it, and nothing to address an answer to.
        if (version.errorCodes.RpcFrameworkError === 'RpcFrameworkError') {
          this.#refuse('-1', new CallRefused('RpcFrameworkError', `the message ${frame.reason}`));
        }
    }
  }

  #result({ id, payload }: Extract<Frame, { type: 'CallResult' }>): void {
    const station = this.#station;
    const action = station.calls.actionOf(id);
    if (action === undefined) {
      station.emit('deviation', `an unexpected CallResult ${id}`);
      return;
    }
    const response = station.dialect.version.actions.get(action)?.response;
    const body = payload ?? {};
    if (response === undefined || response(body)) {
      station.calls.answered(id, { kind: 'result', payload: body });
      return;
    }
    const complaint = refusalOf(response.errors);
    station.emit('deviation', `the answer to ${action} is invalid: ${response.errors?.map(describeError).join('; ')}`);
    if (station.dialect.version.messageTypes.includes(5)) {
      station.out.write([5, id, this.#code(complaint), complaint.message, {}]);
    }
    station.calls.answered(id, { kind: 'error', code: this.#code(complaint), description: complaint.message });
  }

  #call({ id, action, payload }: Extract<Frame, { type: 'Call' }>): void {
    const station = this.#station;
    const { registration, dialect } = station;
    if (registration.state === 'Rejected') {
      if (dialect.whileRejected === 'SecurityError') {
        this.#refuse(id, new CallRefused('SecurityError', 'this station is not accepted'));
      }
      return;
    }
    try {
      const known = dialect.version.actions.get(action);
      if (known === undefined) throw new CallRefused('NotImplemented', `there is no Action ${action}`);
      this.#answer(id, known, payload ?? {});
    } catch (error) {
      const refusal = error instanceof CallRefused ? error : new CallRefused('InternalError', String(error));
      this.#refuse(id, refusal);
      if (error !== refusal) throw error;
    }
  }

  #answer(id: string, action: Action, payload: object): void {
    const station = this.#station;
    const answerer = station.dialect.answers.get(action.name);
    if (answerer === undefined) throw new CallRefused('NotSupported', `a station does not answer ${action.name}`);
    if (!action.request(payload)) throw refusalOf(action.request.errors);
    const { response, then } = answerer(station, payload);
    station.out.write([3, id, response]);
    then?.();
  }

  #refuse(id: string, refusal: CallRefused): void {
    this.#station.out.write([4, id, this.#code(refusal), refusal.message, {}]);
  }

  #code({ condition }: CallRefused): string {
    return this.#station.dialect.version.errorCodes[condition];
  }
}
