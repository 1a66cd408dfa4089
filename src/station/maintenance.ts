import type { BootReason, Call } from './dialect.ts';
import type { Evse } from './evse.ts';
import { cancel, type Task } from './schedule.ts';
import type { VirtualStation } from './station.ts';

/** What happens in the course of a firmware update or an upload, each after so many simulated ms. */
interface Step {
  readonly status: string;
  readonly after: number;
  readonly reboot?: boolean;
}

/** The ways that maintenance goes (1.6 5.19, 5.10; 2.x L01, N01). The names are those of the Version's status enums. */
const courses = {
  upload: [
    { status: 'Uploading', after: 500 },
    { status: 'Uploaded', after: 4000 },
  ],
  failedUpload: [
    { status: 'Uploading', after: 500 },
    { status: 'UploadFailed', after: 1000 },
  ],
  failedUpload2x: [
    { status: 'Uploading', after: 500 },
    { status: 'NotSupportedOperation', after: 1000 },
  ],
  firmware: [
    { status: 'Downloading', after: 500 },
    { status: 'Downloaded', after: 5000 },
    { status: 'Installing', after: 2000 },
    { status: 'Installed', after: 5000, reboot: true },
  ],
  signedFirmware: [
    { status: 'Downloading', after: 500 },
    { status: 'Downloaded', after: 5000 },
    { status: 'SignatureVerified', after: 1000 },
    { status: 'Installing', after: 2000 },
    { status: 'InstallRebooting', after: 5000 },
    { status: 'Installed', after: 500, reboot: true },
  ],
  failedFirmware: [
    { status: 'Downloading', after: 500 },
    { status: 'DownloadFailed', after: 1000 },
  ],
} as const satisfies Record<string, readonly Step[]>;

export type Course = keyof typeof courses;
/** What is going on: at most one firmware update and one upload. */
export type Work = 'firmware' | 'log';

interface Running {
  readonly tell: (status: string) => Call;
  steps: readonly Step[];
  status: string;
  task: Task | undefined;
}

const transferable = /^(ftp|ftps|http|https|sftp):\/\/[^/\s]+/i;
/** Whether a virtual station would get at a location, by its scheme and shape. */
export const reachable = (location: string): boolean => transferable.test(location);

/** Reset, firmware and logs. */
export class Maintenance {
  readonly #station: VirtualStation;
  readonly #running = new Map<Work, Running>();
  /** A reset that waits for the last transaction to end. */
  #resetWhenIdle = false;
  /** To be told once the station is back: the end of a firmware update. */
  #afterBoot: (() => void) | undefined;
  #resume = false;

  constructor(station: VirtualStation) {
    this.#station = station;
  }

  /** What is going on, for TriggerMessage; `undefined`: nothing. */
  statusOf(work: Work): Call | undefined {
    const running = this.#running.get(work);
    return running?.tell(running.status);
  }

  /**
   * Begins a course of events and tells each.
   * @param from simulated moment of the first step; not before now
   * @returns whether another one was cancelled for it
   */
  begin(work: Work, course: Course, tell: (status: string) => Call, from = 0): boolean {
    const before = this.#running.get(work);
    cancel(before?.task);
    const running: Running = { tell, steps: courses[course], status: 'Idle', task: undefined };
    this.#running.set(work, running);
    this.#nextStep(work, running, Math.max(from, this.#station.clock.now()));
    return before !== undefined;
  }

  #nextStep(work: Work, running: Running, at: number): void {
    const [step, ...rest] = running.steps;
    if (step === undefined) {
      this.#running.delete(work);
      return;
    }
    running.task = this.#station.clock.at(at + step.after, (due) => {
      running.steps = rest;
      const reached = () => {
        running.status = step.status;
        this.#station.out.tell(running.tell(step.status));
        this.#nextStep(work, running, this.#station.clock.now());
      };
      if (!step.reboot) return reached();
      // New firmware runs after a boot, and a boot waits for the last transaction (2.x L01.FR.16).
      if (this.#station.transactions.open.length > 0) {
        running.steps = [step, ...rest];
        this.#nextStep(work, running, due);
        return;
      }
      this.#station.firmwareVersion = nextVersion(this.#station.firmwareVersion);
      this.#afterBoot = reached;
      this.#reboot('FirmwareUpdate');
    });
  }

  /** 1.6 Reset: both kinds stop what is running; a soft one first delivers what it has to say (1.6 5.14). */
  reset16(kind: 'Soft' | 'Hard'): void {
    this.#endAll(kind === 'Soft' ? 'SoftReset' : 'HardReset');
    if (kind === 'Soft') void this.#rebootWhenDelivered('RemoteReset');
    else this.#reboot('RemoteReset');
  }

  /** 2.x Reset of the whole station, at once (B12). */
  resetNow(): void {
    this.#endAll('HardReset');
    void this.#rebootWhenDelivered('RemoteReset');
  }

  /** 2.1 ImmediateAndResume: transactions go on after the boot (B12). */
  resetAndResume(): void {
    this.#resume = true;
    for (const { evse } of this.#station.transactions.open) evse.cut(this.#station.clock.now());
    this.#reboot('RemoteReset');
  }

  /** 2.x Reset OnIdle (B12). @returns whether it waits for a transaction */
  resetWhenIdle(): boolean {
    this.#resetWhenIdle = this.#station.transactions.open.length > 0;
    if (!this.#resetWhenIdle) this.#reboot('RemoteReset');
    return this.#resetWhenIdle;
  }

  /** Whether {@link resetWhenIdle} would wait. */
  get busy(): boolean {
    return this.#station.transactions.open.length > 0;
  }

  /** 2.x Reset of one EVSE: it ends what it does and is unavailable for a moment. */
  resetEvse(evse: Evse): void {
    const { clock, transactions } = this.#station;
    transactions.end(evse, 'HardReset', clock.now());
    const operative = evse.operative;
    evse.operative = false;
    this.#station.tellStatus(evse);
    clock.at(clock.now() + this.#station.rebootTime, () => {
      evse.operative = operative;
      this.#station.tellStatus(evse);
    });
  }

  transactionEnded(): void {
    if (!this.#resetWhenIdle || this.busy) return;
    this.#resetWhenIdle = false;
    void this.#rebootWhenDelivered('RemoteReset');
  }

  /** The station is accepted (again). */
  registered(): void {
    const after = this.#afterBoot;
    this.#afterBoot = undefined;
    after?.();
    if (!this.#resume) return;
    this.#resume = false;
    const { transactions, clock } = this.#station;
    for (const { evse, transaction } of transactions.open) {
      transactions.report(evse, transaction, 'TxResumed', 'Interruption.End', 'MeterValuesAlignedData', clock.now());
      transactions.arrived(evse, 'ChargingStateChanged', clock.now());
    }
  }

  #endAll(cause: 'SoftReset' | 'HardReset'): void {
    const { transactions, clock, evses } = this.#station;
    for (const { evse } of transactions.open) transactions.end(evse, cause, clock.now());
    for (const evse of evses) this.#station.remote.revoke(evse);
  }

  async #rebootWhenDelivered(reason: BootReason): Promise<void> {
    await this.#station.drained(5000);
    this.#reboot(reason);
  }

  #reboot(reason: BootReason): void {
    this.#resetWhenIdle = false;
    // A moment for the answer to leave.
    this.#station.clock.after(10, () => this.#station.reboot(reason));
  }
}

function nextVersion(version: string): string {
  const parts = version.split('.');
  return [...parts.slice(0, -1), Number(parts.at(-1)) + 1].join('.');
}
