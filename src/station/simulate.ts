import { type Command, InvalidArgumentError, Option } from 'commander';
import { Fleet, type FleetFigures, type FleetOptions } from './fleet.ts';
import type { StationVersion } from './options.ts';
import { type Output, reporter } from './progress.ts';

/** What `simulate` is asked to do; see {@link addSimulateCommand} for each. */
export interface SimulateOptions {
  readonly version: readonly StationVersion[];
  readonly stations: number;
  readonly url: string;
  readonly prefix: string;
  readonly idToken: readonly string[];
  readonly connectors: number;
  readonly meterInterval: number;
  readonly sessionLength: number;
  readonly pause: number;
  readonly speed: number;
  readonly sessions?: number | undefined;
  readonly duration?: number | undefined;
  readonly connectRate: number;
  readonly password?: string | undefined;
  /** URL of a gateway's API with its key, as the gateway prints it at its start: `http://host:port/?key=…`. */
  readonly api?: string | undefined;
  readonly dropRate: number;
  readonly seed: number;
  readonly quiet?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Where `simulate` writes, and what ends it. */
export interface SimulateIo {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Ctrl-C: sessions are ended in order, then the stations disconnect. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the tokens known to the gateway, unless it knows them already, so that their sessions can charge.
 * @throws RangeError when the API does not take them
 */
async function enterTokens(api: string, idTokens: readonly string[]): Promise<void> {
  const { origin, searchParams } = new URL(api);
  const headers = { authorization: `Bearer ${searchParams.get('key') ?? ''}`, 'content-type': 'application/json' };
  for (const idToken of idTokens) {
    const url = `${origin}/v1/tokens/${encodeURIComponent(idToken)}`;
    const ask = async (init: RequestInit): Promise<Response> => {
      try {
        return await fetch(url, { headers, ...init });
      } catch (error) {
        throw new RangeError(`the API at ${origin} does not answer: ${(error as Error).message}`);
      }
    };
    let response = await ask({});
    if (response.status === 404)
      response = await ask({ method: 'PUT', body: JSON.stringify({ type: 'ISO14443', status: 'Accepted' }) });
    if (!response.ok)
      throw new RangeError(`the API at ${origin} does not take the token ${idToken}: HTTP ${response.status}`);
  }
}

/** How long the last messages may take, ms. */
const PATIENCE = 10_000;
const CHECK_EVERY = 250;

/** Why it makes no sense to go on, if so: nobody gets in, or nobody may charge. */
function hopeless(figures: FleetFigures, tokens: number): boolean {
  const { stations, everConnected, failedConnections, sessions, refusedTokens } = figures;
  if (everConnected === 0) return failedConnections >= Math.min(3 * stations, stations + 20);
  return sessions.charged === 0 && refusedTokens.size === tokens && sessions.refused >= Math.max(2, tokens);
}

/** What went wrong, with what to do about it; empty when all went as it should. */
function complaints(figures: FleetFigures, undelivered: number, { url, prefix }: SimulateOptions): string[] {
  const found: string[] = [];
  const { stations, everConnected, accepted, sessions, refusedTokens, problems } = figures;
  for (const [what, count] of problems) found.push(count > 1 ? `${what} (${count} times)` : what);
  if (everConnected === 0) found.push(`no station could connect to ${url}: is a CSMS listening there?`);
  else if (everConnected < stations)
    found.push(`${stations - everConnected} of ${stations} stations never got a connection`);
  if (accepted < everConnected) {
    found.push(
      `${everConnected - accepted} stations were never accepted: admit them with PUT /v1/stations/${prefix}-0001 {"admission":"Accepted"}`,
    );
  }
  // A token that is refused among others that are not may be what somebody wants to see.
  for (const [idToken, status] of sessions.charged === 0 ? refusedTokens : []) {
    found.push(
      `the token ${idToken} is not accepted (${status}): make it known with PUT /v1/tokens/${idToken} {"type":"ISO14443","status":"Accepted"}`,
    );
  }
  if (undelivered > 0) found.push(`${undelivered} stations could not deliver all that they had to say`);
  return found;
}

/**
 * Runs virtual stations until their sessions are done, the duration is over or `io.signal` fires.
 * @returns the exit code: 0, or 1 when something failed that should not
 * @throws RangeError, Error for options that no station can have
 */
export async function simulate(options: SimulateOptions, io: SimulateIo): Promise<number> {
  const fleetOptions: FleetOptions = {
    ...options,
    versions: options.version,
    idTokens: options.idToken,
    sessions: options.sessions ?? Number.POSITIVE_INFINITY,
  };
  const fleet = new Fleet(fleetOptions);
  if (options.api !== undefined) await enterTokens(options.api, options.idToken);
  const report = reporter(options, io);
  const began = Date.now();
  const stop = () => fleet.stop();
  io.signal?.addEventListener('abort', stop, { once: true });
  const end = options.duration === undefined ? undefined : setTimeout(stop, options.duration * 1000);
  const watch = setInterval(() => {
    const { figures } = fleet;
    report.progress(figures);
    if (hopeless(figures, options.idToken.length)) stop();
  }, CHECK_EVERY);
  try {
    if (io.signal?.aborted) stop();
    await fleet.run();
  } finally {
    clearTimeout(end);
    clearInterval(watch);
    io.signal?.removeEventListener('abort', stop);
  }
  report.progress(fleet.figures);
  const undelivered = await fleet.close(PATIENCE);
  const failures = complaints(fleet.figures, undelivered, options);
  report.summary(fleet.figures, (Date.now() - began) / 1000, failures);
  return failures.length > 0 ? 1 : 0;
}

function number(low: number, high = Number.POSITIVE_INFINITY, whole = false): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high) || (whole && !Number.isInteger(value))) {
      const range = high === Number.POSITIVE_INFINITY ? `at least ${low}` : `within ${low} and ${high}`;
      throw new InvalidArgumentError(`must be a ${whole ? 'whole ' : ''}number ${range}.`);
    }
    return value;
  };
}

function address(text: string): string {
  if (!URL.canParse(text)) throw new InvalidArgumentError('must be a URL, such as http://127.0.0.1:8080/?key=…');
  return text;
}

const known: readonly StationVersion[] = ['1.6', '2.0.1', '2.1'];
const listed =
  <T extends string>(among?: readonly T[]) =>
  (text: string, before: readonly T[] | undefined): readonly T[] => {
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '') as T[];
    const stranger = items.find((item) => among !== undefined && !among.includes(item));
    if (stranger !== undefined || items.length === 0) {
      throw new InvalidArgumentError(among ? `choose from ${among.join(', ')}.` : 'must not be empty.');
    }
    return [...(before ?? []), ...items];
  };

/** Adds `simulate` to the command line. Its `--version` is OCPP's, so the program's own must come before the subcommand. */
export function addSimulateCommand(program: Command): Command {
  program.enablePositionalOptions();
  const command = program
    .command('simulate')
    .description('run virtual charging stations that boot, charge and answer every command of their OCPP version')
    .addOption(
      new Option('--version <list>', `OCPP versions, several by comma or repetition: ${known.join(', ')}`).argParser(
        listed(known),
      ),
    )
    .option('--stations <n>', 'how many', number(1, 100_000, true), 1)
    .option('--url <url>', 'WebSocket endpoint, without the station id', 'ws://127.0.0.1:9000/ocpp')
    .option('--prefix <text>', 'station ids are <prefix>-0001 and so on', 'SIM')
    .option('--id-token <list>', 'tokens that drivers present (default: TAG)', listed())
    .option('--connectors <n>', 'connectors of each station', number(1, 100, true), 1)
    .option('--meter-interval <s>', 'simulated seconds between meter values', number(0, 86_400, true), 30)
    .option('--session-length <s>', 'about how long a session charges, simulated seconds', number(1), 600)
    .option('--pause <s>', 'about how long a connector is free between sessions, simulated seconds', number(0), 60)
    .option('--speed <factor>', 'simulated seconds per second', number(0.001, 100_000), 1)
    .option('--sessions <n>', 'sessions of each station, then stop (default: endless)', number(1, 1e9, true))
    .option('--duration <s>', 'stop after so many real seconds', number(0.1, 1e6))
    .option('--connect-rate <n>', 'stations that connect per second', number(0.01), 100)
    .option('--password <text>', 'HTTP Basic password of every station')
    .option('--api <url>', 'enter the tokens through this API first: the dashboard address with the key in it', address)
    .option('--drop-rate <p>', 'chance that a session loses its connection and replays it later', number(0, 1), 0)
    .option('--seed <n>', 'what is drawn by lot follows from it', number(0, 2 ** 32 - 1, true), 1)
    .option('--quiet', 'say nothing but what went wrong')
    .option('--json', 'progress and summary as lines of JSON');
  return command.action(async (given: Partial<SimulateOptions>) => {
    const options = { version: known.slice(0, 1), idToken: ['TAG'], ...given } as SimulateOptions;
    const interrupt = new AbortController();
    // Once: a second Ctrl-C ends the process as usual.
    process.once('SIGINT', () => interrupt.abort());
    process.once('SIGTERM', () => interrupt.abort());
    try {
      process.exitCode = await simulate(options, {
        stdout: process.stdout,
        stderr: process.stderr,
        signal: interrupt.signal,
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      command.error(`error: ${error.message}`);
    }
  });
}
