import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Measured } from './measure.ts';

/** Measures in a process that does nothing else. @throws Error when a message was not valid */
export async function runTranslation(rounds: number): Promise<Readonly<Record<string, Measured>>> {
  const file = fileURLToPath(new URL('../translation.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, '--json', '--rounds', String(rounds)]);
  return JSON.parse(stdout) as Readonly<Record<string, Measured>>;
}
