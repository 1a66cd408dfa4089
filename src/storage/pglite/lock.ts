import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Another process has the embedded data open. */
export class DataDirectoryInUse extends Error {
  override name = 'DataDirectoryInUse';
}

/** Who holds a lock: a process id, and when that process started where the system tells, because ids are used again. */
interface Holder {
  readonly pid: number;
  readonly started: string | null;
}

/** Locks of this process: its own id in a lock file does not tell a second opening from what an earlier process of the same id left. */
const held = new Set<string>();

/**
 * Locks `directory` (made when absent) against being opened twice, by `<directory>.lock`. The lock of a process that is gone counts for nothing.
 * @returns the function that unlocks. @throws DataDirectoryInUse
 */
export function lockDirectory(directory: string): () => void {
  const path = `${resolve(directory)}.lock`;
  mkdirSync(directory, { recursive: true });
  if (held.has(path))
    throw new DataDirectoryInUse(`the data in ${directory} is already open in this process (${process.pid})`);
  // The file appears with its content or not at all: it is written aside and linked into place, which fails when the place is taken.
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Holder));
  try {
    while (!tryLink(mine, path)) {
      const holder = readHolder(path);
      if (holder === undefined) continue;
      if (isRunning(holder)) {
        throw new DataDirectoryInUse(
          `the data in ${directory} is in use by process ${holder.pid}: stop that process, or choose another data directory`,
        );
      }
      removeStale(path, `${mine}.stale`, holder);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  held.add(path);
  return () => {
    held.delete(path);
    rmSync(path, { force: true });
  };
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a stale lock away. Whoever was faster may already have put his own in its place: that one goes back. */
function removeStale(path: string, aside: string, stale: Holder): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && (moved.pid !== stale.pid || moved.started !== stale.started)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function readHolder(path: string): Holder | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { pid, started } = JSON.parse(text) as Holder;
    return { pid, started };
  } catch {
    return { pid: 0, started: null }; // cut short by a power failure: nobody's
  }
}

function isRunning({ pid, started }: Holder): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  const now = startOf(pid);
  return started === null || now === null || now === started;
}

/** When a process started, in the system's ticks (field 22 of /proc/PID/stat); `null` where the system does not say. A zombie has ended. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null);
  } catch {
    return null; // not Linux, or gone between two looks
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
