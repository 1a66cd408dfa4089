/** What the operating system says of a process: CPU time by thread, and resident memory. Linux only (`/proc`). */
import { readdirSync, readFileSync } from 'node:fs';

/** CPU time spent so far, in microseconds. */
export interface CpuTime {
  /** The JavaScript main thread. */
  readonly main: number;
  /** JavaScript worker threads (the embedded database lives in one). */
  readonly workers: number;
  /** All else in the process: garbage collection and compilation helpers, libuv's pool. */
  readonly helpers: number;
}

export const total = (cpu: CpuTime): number => cpu.main + cpu.workers + cpu.helpers;

/** `a - b`. */
export const elapsed = (a: CpuTime, b: CpuTime): CpuTime => ({
  main: a.main - b.main,
  workers: a.workers - b.workers,
  helpers: a.helpers - b.helpers,
});

/** First field of `/proc/<pid>/task/<tid>/schedstat`: time on the CPU, in ns, finer than the 10 ms ticks of `stat`. */
function threadMicroseconds(directory: string): number {
  const text = readFileSync(`${directory}/schedstat`, 'utf8');
  return Number(text.slice(0, text.indexOf(' '))) / 1000;
}

/** @throws when there is no such process. */
export function cpuTime(pid: number): CpuTime {
  const cpu = { main: 0, workers: 0, helpers: 0 };
  for (const tid of readdirSync(`/proc/${pid}/task`)) {
    const directory = `/proc/${pid}/task/${tid}`;
    try {
      const spent = threadMicroseconds(directory);
      if (Number(tid) === pid) cpu.main += spent;
      else if (readFileSync(`${directory}/comm`, 'utf8').startsWith('WorkerThread')) cpu.workers += spent;
      else cpu.helpers += spent;
    } catch (error) {
      // A thread may end between the listing and the reading.
      if (!isGone(error)) throw error;
    }
  }
  return cpu;
}

/** CPU microseconds of the PostgreSQL backends that serve `database`, by the title that each sets itself. */
export function databaseCpuTime(database: string): number {
  let spent = 0;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const title = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      if (title.startsWith('postgres: ') && title.includes(` ${database} `))
        spent += threadMicroseconds(`/proc/${pid}`);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return spent;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (match === null) throw new Error(`/proc/${pid}/status has no VmRSS`);
  return Number(match[1]) * 1024;
}

/** The process that does the work when `pid` is only a launcher: the last of its line of descendants. */
export function servingProcess(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? pid : servingProcess(Number(children.split(' ')[0]));
}

export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ESRCH';
}
