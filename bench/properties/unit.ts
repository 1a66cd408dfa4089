/**
 * One unit of the long property run: a station and a CSMS, N messages of one Action of one side, and between them other messages
 * of both, so that there is something to refer to. Everything follows from the seed: a unit run again does the same again.
 */
import {
  Chain,
  defaultSettings,
  describeError,
  type ErrorCondition,
  type Outcome,
  type Payload,
  type Result,
  type Side,
  type StateChange,
  type TraceStep,
  type TranslationSettings,
  TranslationState,
  type Translator,
  traced,
  translators,
  type Validate,
  type Version,
  type VersionName,
  versionByName,
} from '../../src/ocpp/index.ts';
import { Random } from '../../src/station/random.ts';
import { Generator, type World } from './generate.ts';

export interface Unit {
  readonly station: VersionName;
  readonly csms: VersionName;
  /** Who sends the Action. */
  readonly side: Side;
  /** {@link ANY}: whatever both sides send. */
  readonly action: string;
}

/** Stands for every Action of both sides: a long life of one station, to see what is remembered level off. */
export const ANY = 'any';

export const nameOf = ({ station, csms, side, action }: Unit): string => `${station}:${csms} ${side}/${action}`;

export interface Found {
  readonly unit: Unit;
  readonly seed: number;
  /** Of the message, in the order of the unit. */
  readonly index: number;
  /** The message at hand: the unit's own Action, or one that came between. */
  readonly message: string;
  readonly error: string;
}

export interface UnitResult {
  readonly unit: Unit;
  /** Of the unit's own Action. */
  readonly messages: number;
  /** Messages that came between. */
  readonly between: number;
  /** What became of all of them. */
  readonly forwarded: number;
  readonly answeredHere: number;
  readonly refused: number;
  /** Calls that were made of them, and the most that were made of one. */
  readonly calls: number;
  readonly mostCalls: number;
  readonly tasks: number;
  /** Most rows and bytes (of JSON text, keys included) of TranslationState in each quarter of the unit. */
  readonly rows: readonly number[];
  readonly bytes: readonly number[];
  /** Most rows of each table. */
  readonly tables: Readonly<Record<string, number>>;
  /** CPU seconds. */
  readonly seconds: number;
  readonly found: readonly Found[];
}

/** So many messages are such as one would really send. */
const ORDINARY = 0.4;
/** More Calls than this for one Call, or more tasks after one, is a loop. */
const MOST_CALLS = 300;
const MOST_TASKS = 1000;
/** More rows of one table of TranslationState than any limit lets through, more bytes than a station may have: it is not bounded. */
const MOST_ROWS = 2000;
const MOST_BYTES = 4 * 1024 * 1024;
/** Messages until the process is restarted from what is stored. */
const RESTART = 500;
/** Failures after which a unit is given up. */
const MOST_FOUND = 5;

const conditions: readonly ErrorCondition[] = [
  'NotSupported',
  'NotImplemented',
  'InternalError',
  'PropertyConstraintViolation',
  'GenericError',
  'SecurityError',
];

const generators = new Map<VersionName, Generator>();
function generatorOf(version: VersionName): Generator {
  let generator = generators.get(version);
  if (generator === undefined) {
    generator = new Generator(version);
    generators.set(version, generator);
  }
  return generator;
}

/** Every choice the other way than most make it. */
const otherSettings: TranslationSettings = {
  ...defaultSettings,
  defaultTokenType: 'Central',
  softReset: 'OnIdle',
  attachMeterValues: false,
  parseDataTransfer: true,
  setpointAsLimit: false,
  allowUnsignedFirmware: false,
  dropProfile: true,
  plugAndCharge: 'always',
  requireContractValidation: true,
  phaseLimits: 'reject',
  emulateDynamic: false,
  holdProfiles: false,
  needsStartSchedule: true,
  nominalVoltage: 230,
  phases: 3,
  timeZone: 'Europe/Amsterdam',
};

const otherSide = { station: 'csms', csms: 'station' } as const;

/** The Actions that a side sends, in its Version. */
export const actionsOf = (version: VersionName, side: Side): readonly string[] =>
  [...versionByName(version).actions.values()]
    .filter(({ initiator }) => initiator === side || initiator === 'both')
    .map(({ name }) => name);

/** What comes between, more often than others: what the translation remembers comes from it. */
const telling = new Set([
  'BootNotification',
  'StatusNotification',
  'StartTransaction',
  'StopTransaction',
  'TransactionEvent',
  'MeterValues',
  'NotifyEvent',
  'RemoteStartTransaction',
  'RequestStartTransaction',
  'ReserveNow',
  'SetChargingProfile',
  'GetConfiguration',
  'SetVariables',
  'SendLocalList',
]);

/** What one watches of a message that is run again. */
export type Watch = (line: string, data?: unknown) => void;

export class UnitRun {
  readonly #unit: Unit;
  readonly #seed: number;
  readonly #versions: Readonly<Record<Side, Version>>;
  readonly #context: readonly (readonly [Side, string])[];
  readonly #stored = new Map<string, StateChange>();
  #bytes = 0;
  readonly #rows = new Map<string, number>();
  readonly #mostRows: Record<string, number> = {};
  #chain!: Chain;
  #state!: TranslationState;
  #ids: string[] = [];
  #idCount = 0;
  #now = Date.UTC(2026, 0, 1);
  #openedAt = this.#now;
  #lastTransactionId = 0;
  #random = new Random(0);
  readonly #translators: readonly Translator[];
  #watch: Watch | undefined;
  #isWatched = false;
  // What is counted
  #forwarded = 0;
  #answeredHere = 0;
  #refused = 0;
  #calls = 0;
  #mostCalls = 0;
  #tasks = 0;

  constructor(unit: Unit, seed: number, own: readonly Translator[] = translators) {
    this.#translators = own;
    this.#unit = unit;
    this.#seed = seed;
    this.#versions = { station: versionByName(unit.station), csms: versionByName(unit.csms) };
    this.#context = (['station', 'csms'] as const).flatMap((side) =>
      actionsOf(this.#versions[side].name, side).flatMap((action) =>
        Array.from({ length: telling.has(action) ? 12 : 1 }, () => [side, action] as const),
      ),
    );
    this.#restart(defaultSettings);
  }

  /**
   * @param messages how many of the unit's own Action
   * @param at to be watched, by its index; the run ends with it
   */
  run(messages: number, at?: { readonly index: number; readonly watch: Watch }): UnitResult {
    if (at !== undefined) {
      this.#isWatched = true;
      this.#restart(defaultSettings);
    }
    const begun = process.cpuUsage();
    const found: Found[] = [];
    const [rows, bytes] = [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ];
    let between = 0;
    const last = at?.index ?? messages - 1;
    for (let index = 0; index <= last; index++) {
      const random = new Random(`${this.#seed} ${nameOf(this.#unit)} ${index}`);
      this.#random = random;
      this.#watch = at?.index === index ? at.watch : undefined;
      // Now and then much time passes, for what is to be done later.
      this.#now += random.chance(0.02) ? 3_600_000 : random.chance(0.002) ? 8 * 86_400_000 : 1000;
      const { side, action } = this.#unit;
      const plan: (readonly [Side, string])[] = [action === ANY ? random.pick(this.#context) : [side, action]];
      while (random.chance(0.25)) plan.unshift(random.pick(this.#context));
      between += plan.length - 1;
      for (const [side, action] of plan) {
        try {
          this.#message(side, action);
        } catch (error) {
          const text =
            error instanceof Error ? (error.name === 'Wrong' ? error.message : `${error.stack}`) : String(error);
          this.#watch?.(`FAILED: ${text}`);
          found.push({ unit: this.#unit, seed: this.#seed, index, message: `${side}/${action}`, error: text });
          this.#forgetAll();
        }
      }
      if (found.length >= MOST_FOUND) break;
      const quarter = Math.floor((index * 4) / messages);
      rows[quarter] = Math.max(rows[quarter] ?? 0, this.#stored.size);
      bytes[quarter] = Math.max(bytes[quarter] ?? 0, this.#bytes);
      if (index % RESTART === RESTART - 1) {
        const wrong = this.#restart(index % (2 * RESTART) === RESTART - 1 ? otherSettings : defaultSettings);
        if (wrong !== undefined) {
          found.push({ unit: this.#unit, seed: this.#seed, index, message: 'restart', error: wrong });
          this.#forgetAll();
        }
      }
    }
    return {
      unit: this.#unit,
      messages: last + 1,
      between,
      forwarded: this.#forwarded,
      answeredHere: this.#answeredHere,
      refused: this.#refused,
      calls: this.#calls,
      mostCalls: this.#mostCalls,
      tasks: this.#tasks,
      rows,
      bytes,
      tables: this.#mostRows,
      seconds: seconds(process.cpuUsage(begun)),
      found,
    };
  }

  /** A process that begins with what is stored. @returns what the one before had in memory otherwise than stored */
  #restart(settings: TranslationSettings): string | undefined {
    const wrong = this.#state === undefined ? undefined : this.#unstored();
    this.#state = new TranslationState([...this.#stored.values()]);
    this.#openedAt = this.#now;
    const environment = {
      state: this.#state,
      settings,
      now: () => this.#now,
      connectedSince: () => this.#openedAt,
      newId: () => {
        const id = `00000000-0000-4000-8000-${String(++this.#idCount).padStart(12, '0')}`;
        this.#ids = [...this.#ids.slice(-3), id];
        return id;
      },
      nextTransactionId: () => ++this.#lastTransactionId,
      dropped: () => undefined,
    };
    const watched = (step: TraceStep): void =>
      this.#watch?.(`  ${step.older}-${step.newer}`, { given: step.given, made: step.made, asked: step.asked });
    this.#chain = new Chain(
      this.#versions.station,
      this.#versions.csms,
      this.#isWatched ? this.#translators.map((each) => traced(each, watched)) : this.#translators,
      environment,
    );
    return wrong;
  }

  /** Rows that differ from what is stored: changed without being set, they would be lost with the process. */
  #unstored(): string | undefined {
    const rows = this.#state.all();
    for (const row of rows) {
      const stored = this.#stored.get(keyOf(row))?.value;
      if (stored !== row.value)
        return `state ${row.table} ${row.key} is ${row.value} in memory, and stored as ${stored}`;
    }
    return rows.length === this.#stored.size ? undefined : 'state: what is stored is not in memory any more';
  }

  #forgetAll(): void {
    this.#stored.clear();
    this.#rows.clear();
    this.#bytes = 0;
    this.#restart(defaultSettings);
  }

  #message(side: Side, action: string): void {
    const version = this.#versions[side];
    const isOrdinary = this.#random.chance(ORDINARY);
    const payload = generatorOf(version.name).message(`${action}Request`, this.#random, this.#world(), isOrdinary);
    const known = version.actions.get(action);
    check(known?.request, () => `the generator's ${version.name} ${action}`, payload);
    const before = JSON.stringify(payload);
    this.#watch?.(`${side} ${version.name} ${action}`, payload);
    const end = this.#drive(this.#chain.call(side, { action, payload }), otherSide[side]);
    if (end.kind === 'answer') {
      if (known?.response !== undefined) {
        check(known.response, () => `the ${version.name} ${action} answer`, end.payload);
      }
      if (end.calls === 0) this.#answeredHere++;
      else this.#forwarded++;
    } else if (end.calls === 0) this.#refused++;
    else this.#forwarded++;
    this.#watch?.('answer', end.kind === 'answer' ? end.payload : end.failure);
    if (JSON.stringify(payload) !== before) throw wrong(`the caller's payload was changed: ${before}`);
    this.#runTasks();
    this.#store();
  }

  #world(): World {
    return { now: this.#now, ids: this.#ids, lastTransactionId: this.#lastTransactionId };
  }

  #runTasks(): void {
    let count = 0;
    for (let tasks = this.#chain.due(this.#now); tasks.length > 0; tasks = this.#chain.due(this.#now)) {
      for (const task of tasks) {
        if (++count > MOST_TASKS) throw wrong('tasks have no end');
        this.#watch?.(`task towards the ${task.side}`);
        this.#drive(task.begin(), task.side);
        task.done();
      }
    }
    this.#tasks += count;
  }

  /** @param to who gets what is forwarded */
  #drive(outcome: Outcome, to: Side): Exclude<Outcome, { kind: 'forward' }> & { readonly calls: number } {
    const version = this.#versions[to];
    let calls = 0;
    let at = outcome;
    while (at.kind === 'forward') {
      if (++calls > MOST_CALLS) throw wrong('a Call has no end');
      const { action, payload } = at.call;
      const known = version.actions.get(action);
      if (known === undefined || known.initiator === to) {
        throw wrong(`${action} is no Call that OCPP ${version.name} sends to the ${to}`);
      }
      this.#watch?.(`to the ${to}: ${version.name} ${action}`, payload);
      check(known.request, () => `the ${version.name} ${action} that was made`, payload);
      const result = this.#answer(version, action);
      this.#watch?.('its answer', result);
      const before = JSON.stringify(result);
      at = at.resume(result);
      if (JSON.stringify(result) !== before) throw wrong(`the answer to ${action} was changed: ${before}`);
    }
    this.#calls += calls;
    this.#mostCalls = Math.max(this.#mostCalls, calls);
    return { ...at, calls };
  }

  #answer(version: Version, action: string): Result {
    const random = this.#random;
    if (random.chance(0.12)) {
      const condition = random.pick(conditions);
      return { failure: { condition, description: 'random', ...(random.chance(0.5) ? { uncertain: true } : {}) } };
    }
    if (version.actions.get(action)?.response === undefined) return { payload: {} };
    const isOrdinary = random.chance(ORDINARY);
    return { payload: generatorOf(version.name).message(`${action}Response`, random, this.#world(), isOrdinary) };
  }

  /** What is changed is stored with the message. */
  #store(): void {
    for (const change of this.#state.takeChanges()) {
      const key = keyOf(change);
      const before = this.#stored.get(key)?.value ?? null;
      const rows = (this.#rows.get(change.table) ?? 0) + Number(change.value !== null) - Number(before !== null);
      this.#rows.set(change.table, rows);
      if (before !== null) this.#bytes -= key.length + before.length;
      this.#stored.delete(key);
      if (change.value === null) continue;
      this.#bytes += key.length + change.value.length;
      this.#stored.set(key, change);
    }
    for (const [table, rows] of this.#rows) {
      if (rows > (this.#mostRows[table] ?? 0)) this.#mostRows[table] = rows;
      if (rows > MOST_ROWS) throw wrong(`the table ${table} has ${rows} rows`);
    }
    if (this.#bytes > MOST_BYTES) throw wrong(`what is remembered takes ${this.#bytes} bytes`);
  }
}

const seconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;

const keyOf = ({ table, key }: StateChange): string => `${table}\n${key}`;

function wrong(message: string): Error {
  const error = new Error(message);
  error.name = 'Wrong';
  return error;
}

function check(validate: Validate | undefined, what: () => string, payload: Payload): void {
  if (validate === undefined) throw wrong(`${what()}: there is no such message`);
  if (validate(payload)) return;
  // What is undefined is not on the wire.
  if (validate(JSON.parse(JSON.stringify(payload)))) return;
  const complaints = [...new Set((validate.errors ?? []).map(describeError))].join('; ');
  throw wrong(`${what()} is not valid: ${complaints}`);
}
