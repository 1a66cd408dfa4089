/** Something to be done at a moment. */
export interface Task {
  /** Milliseconds since 1970, wall clock. */
  readonly due: number;
  /** Takes it back; nothing happens when it was done already. */
  cancel(): void;
}

/** What gives tasks that are due after some ms of wall time. */
export interface Timer {
  after(ms: number, run: (due: number) => void): Task;
}

interface Entry extends Task {
  readonly run: (due: number) => void;
  readonly order: number;
  /** Neither done nor cancelled. */
  live: boolean;
}

const LONGEST_SLEEP = 2 ** 31 - 1;

/**
 * One timer for any number of stations: a binary heap of tasks behind a single `setTimeout`, so that thousands of stations
 * cost the event loop one timer. Tasks that are due at the same moment run in the order in which they were given.
 */
export class Schedule implements Timer {
  readonly now: () => number;
  #heap: Entry[] = [];
  #live = 0;
  #order = 0;
  #timer: NodeJS.Timeout | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  /** Runs `run` once `due` has come. */
  at(due: number, run: (due: number) => void): Task {
    const cancelled = () => this.#cancelled();
    const entry: Entry = {
      due,
      run,
      order: this.#order++,
      live: true,
      cancel() {
        if (!this.live) return;
        this.live = false;
        cancelled();
      },
    };
    this.#live++;
    this.#push(entry);
    if (due < this.#wakeAt) this.#sleepUntil(due);
    return entry;
  }

  after(ms: number, run: (due: number) => void): Task {
    return this.at(this.now() + Math.max(0, ms), run);
  }

  /** When nothing is left to be done, nothing keeps the process alive. */
  #cancelled(): void {
    this.#live--;
    if (this.#live > 0) return;
    clearTimeout(this.#timer);
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.#heap = [];
  }

  #sleepUntil(due: number): void {
    clearTimeout(this.#timer);
    this.#wakeAt = due;
    this.#timer = setTimeout(() => this.#wake(), Math.min(LONGEST_SLEEP, Math.max(0, due - this.now())));
  }

  #wake(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.#timer = undefined;
    const now = this.now();
    try {
      for (let top = this.#heap[0]; top !== undefined && top.due <= now; top = this.#heap[0]) {
        this.#pop();
        if (!top.live) continue;
        top.live = false;
        this.#live--;
        top.run(top.due);
      }
    } finally {
      while (this.#heap[0]?.live === false) this.#pop();
      const next = this.#heap[0];
      if (next !== undefined && next.due < this.#wakeAt) this.#sleepUntil(next.due);
    }
  }

  #before(left: number, right: number): boolean {
    const a = this.#heap[left]!;
    const b = this.#heap[right]!;
    return a.due < b.due || (a.due === b.due && a.order < b.order);
  }

  #swap(left: number, right: number): void {
    const kept = this.#heap[left]!;
    this.#heap[left] = this.#heap[right]!;
    this.#heap[right] = kept;
  }

  #push(entry: Entry): void {
    this.#heap.push(entry);
    for (let child = this.#heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#before(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #pop(): void {
    this.#swap(0, this.#heap.length - 1);
    this.#heap.pop();
    for (let parent = 0; ; ) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < this.#heap.length && this.#before(child, least)) least = child;
      }
      if (least === parent) return;
      this.#swap(parent, least);
      parent = least;
    }
  }
}

/** The schedule that all stations of a process share unless told otherwise. */
export const sharedSchedule = new Schedule();

/** Cancels `task` if there is one. */
export function cancel(task: Task | undefined): void {
  task?.cancel();
}

/**
 * A station's clock. What the station measures (charging, meter values, sessions) runs in *simulated* time, `speed` times as
 * fast as the wall clock; what it agrees with the CSMS (intervals, timeouts, expiry dates) runs in wall time.
 */
export class StationClock implements Timer {
  readonly #schedule: Schedule;
  readonly speed: number;
  readonly #origin: number;
  /** What the CSMS's clock is ahead of ours, ms. */
  #offset = 0;
  readonly #tasks = new Set<Task>();

  constructor(schedule: Schedule, speed: number) {
    this.#schedule = schedule;
    this.speed = speed;
    this.#origin = schedule.now();
  }

  /** Simulated time, ms since 1970. */
  now(): number {
    return this.simulated(this.#schedule.now());
  }

  /** Wall time by the CSMS's clock, ms since 1970. */
  wall(): number {
    return this.#schedule.now() + this.#offset;
  }

  /** Runs `run` when simulated time is `moment`; `run` is told that moment, however late the process is. */
  at(moment: number, run: (moment: number) => void): Task {
    const due = this.#origin + (moment - this.#offset - this.#origin) / this.speed;
    return this.#keep(due, () => run(moment));
  }

  /** Runs `run` in `ms` of wall time. */
  after(ms: number, run: (due: number) => void): Task {
    return this.#keep(this.#schedule.now() + Math.max(0, ms), run);
  }

  /** Cancels all that is to come. */
  stop(): void {
    for (const task of this.#tasks) task.cancel();
    this.#tasks.clear();
  }

  #keep(due: number, run: (due: number) => void): Task {
    const task = this.#schedule.at(due, () => {
      this.#tasks.delete(kept);
      run(due);
    });
    const kept: Task = {
      due,
      cancel: () => {
        this.#tasks.delete(kept);
        task.cancel();
      },
    };
    this.#tasks.add(kept);
    return kept;
  }

  /** Takes over the CSMS's `currentTime` (Boot and Heartbeat); less than a second of difference is the network's. */
  synchronise(currentTime: string): void {
    const difference = Date.parse(currentTime) - this.wall();
    if (Math.abs(difference) > 1000) this.#offset += difference;
  }

  /** Simulated time at a moment of the CSMS's clock. */
  simulatedWall(moment: number): number {
    return this.simulated(moment - this.#offset);
  }

  simulated(wall: number): number {
    return Math.round(this.#origin + (wall - this.#origin) * this.speed + this.#offset);
  }
}
