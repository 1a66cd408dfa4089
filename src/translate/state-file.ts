/** The file that `translate --state` keeps between two runs: what translation remembers, readable and to be edited. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import {
  type MemoryEnvironment,
  memoryEnvironment,
  type Surroundings,
  TranslationState,
  type VersionName,
} from '../ocpp/index.ts';
import { WrongUse } from './errors.ts';

/** What is remembered of one station under one CSMS. */
interface Kept {
  readonly lastTransactionId: number;
  /** Oldest first in each table. */
  readonly rows: readonly { readonly table: string; readonly key: string; readonly value: unknown }[];
}

/** Deployments, as `station 1.6, CSMS 2.0.1` → what is remembered. */
type Content = Readonly<Record<string, Kept>>;

const keyOf = (station: VersionName, csms: VersionName): string => `station ${station}, CSMS ${csms}`;

export class StateFile {
  readonly #path: string | undefined;
  readonly #content: Content;
  readonly #open = new Map<string, MemoryEnvironment>();

  /**
   * @param path `undefined`: nothing is kept; a file that does not exist yet is one in which nothing stands
   * @throws WrongUse when the file cannot be read or is none of ours
   */
  constructor(path: string | undefined) {
    this.#path = path;
    this.#content = path === undefined ? {} : read(path);
  }

  /** The environment of a deployment, with what is remembered of it. The same one each time. */
  environment(station: VersionName, csms: VersionName, surroundings: Surroundings): MemoryEnvironment {
    const key = keyOf(station, csms);
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const kept = this.#content[key];
    const rows = kept?.rows.map((row) => ({ ...row, value: JSON.stringify(row.value) })) ?? [];
    const environment = memoryEnvironment(surroundings, {
      state: new TranslationState(rows),
      lastTransactionId: kept?.lastTransactionId ?? 0,
      // Whoever tries a message out has it from somewhere: it is not to count as sent late for that.
      connectedSince: 0,
    });
    this.#open.set(key, environment);
    return environment;
  }

  /** Writes the file, whole or not at all. @throws WrongUse when it cannot be written */
  save(): void {
    if (this.#path === undefined) return;
    const changed = [...this.#open].map(([key, { state, lastTransactionId }]): [string, Kept] => [
      key,
      { lastTransactionId, rows: state.all().map((row) => ({ ...row, value: JSON.parse(row.value ?? 'null') })) },
    ]);
    const part = `${this.#path}.part`;
    try {
      writeFileSync(part, `${JSON.stringify({ ...this.#content, ...Object.fromEntries(changed) }, null, 2)}\n`);
      renameSync(part, this.#path);
    } catch (error) {
      throw new WrongUse(`--state: ${(error as Error).message}`);
    }
  }
}

function read(path: string): Content {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new WrongUse(`--state: ${(error as Error).message}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new WrongUse(`--state: ${path} is not JSON: ${(error as Error).message}`);
  }
  if (!isState(value)) throw new WrongUse(`--state: ${path} was not written by evsebridge translate`);
  return value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isState = (value: unknown): value is Content =>
  isObject(value) &&
  Object.values(value).every(
    (kept) =>
      isObject(kept) &&
      typeof kept['lastTransactionId'] === 'number' &&
      Array.isArray(kept['rows']) &&
      kept['rows'].every((row) => isObject(row) && typeof row['table'] === 'string' && typeof row['key'] === 'string'),
  );
