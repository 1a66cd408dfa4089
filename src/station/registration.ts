import type { BootReason } from './dialect.ts';
import { cancel, type Task } from './schedule.ts';
import type { VirtualStation } from './station.ts';

/** `off`: not booted. `booting`: no answer yet. The others are the CSMS's answer to BootNotification. */
export type RegistrationState = 'off' | 'booting' | 'Accepted' | 'Pending' | 'Rejected';

/** Wait before the next BootNotification when the CSMS says nothing or 0, s (station's choice, 1.6 4.2, 2.x B02.FR.07). */
const OWN_INTERVAL = 10;
/** Heartbeat interval when the CSMS leaves it to the station, s. */
const OWN_HEARTBEAT = 3600;

interface BootAnswer {
  readonly status: 'Accepted' | 'Pending' | 'Rejected';
  readonly currentTime: string;
  readonly interval: number;
}

/** BootNotification until accepted, then Heartbeat (1.6 4.2 and 4.6, 2.x B01 to B03 and G02). */
export class Registration {
  state: RegistrationState = 'off';
  readonly #station: VirtualStation;
  #reason: BootReason = 'PowerUp';
  #next: Task | undefined;

  constructor(station: VirtualStation) {
    this.#station = station;
  }

  /** Power is on: the next connection begins with BootNotification. */
  power(reason: BootReason): void {
    this.#reason = reason;
    this.#enter('off');
  }

  /** A connection is there. A station that is accepted does not boot again for it (1.6 4.2, 2.x B.4). */
  connected(): void {
    if (this.state === 'Accepted') this.#heartbeatLater();
    else this.#boot();
  }

  disconnected(): void {
    cancel(this.#next);
  }

  /** Sends BootNotification because the CSMS asks for it. */
  triggered(): void {
    cancel(this.#next);
    this.#reason = 'Triggered';
    this.#boot();
  }

  /** The interval setting has changed. */
  heartbeatChanged(): void {
    if (this.state === 'Accepted') this.#heartbeatLater();
  }

  heartbeat(): void {
    const { dialect, calls, clock } = this.#station;
    const call = dialect.heartbeat();
    calls.add({
      action: call.action,
      payload: () => call.payload,
      needs: 'triggered',
      done: (outcome) => {
        if (outcome.kind === 'result') clock.synchronise((outcome.payload as { currentTime: string }).currentTime);
      },
    });
  }

  #enter(state: RegistrationState): void {
    const before = this.state;
    this.state = state;
    const permission = state === 'Accepted' ? 'any' : state === 'Pending' ? 'triggered' : 'boot';
    this.#station.calls.permit(permission);
    if (before !== state) this.#station.emit('registration', state);
  }

  #boot(): void {
    const station = this.#station;
    const call = station.dialect.boot(station, this.#reason);
    if (this.state !== 'Pending') this.#enter('booting');
    station.calls.add({
      action: call.action,
      payload: () => call.payload,
      needs: 'boot',
      urgent: true,
      done: (outcome) => {
        if (outcome.kind === 'result') this.#answered(outcome.payload as BootAnswer);
        else if (outcome.kind !== 'offline') this.#bootLater(OWN_INTERVAL);
      },
    });
  }

  #answered({ status, currentTime, interval }: BootAnswer): void {
    const station = this.#station;
    station.clock.synchronise(currentTime);
    if (status !== 'Accepted') {
      this.#enter(status);
      this.#bootLater(interval > 0 ? interval : OWN_INTERVAL);
      return;
    }
    if (interval > 0) station.setSetting('HeartbeatInterval', String(interval));
    this.#enter('Accepted');
    this.#heartbeatLater();
    station.registered();
  }

  #bootLater(seconds: number): void {
    cancel(this.#next);
    this.#next = this.#station.clock.after(seconds * 1000, () => {
      if (this.#station.online) this.#boot();
    });
  }

  #heartbeatLater(): void {
    cancel(this.#next);
    const seconds = this.#station.settings.integer('HeartbeatInterval') || OWN_HEARTBEAT;
    this.#next = this.#station.clock.after(seconds * 1000, () => {
      this.heartbeat();
      this.#heartbeatLater();
    });
  }
}
