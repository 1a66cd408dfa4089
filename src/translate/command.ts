/** `evsebridge translate`: shows what becomes of a message in another version, row by row. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { type Side, translators, type Version, versionNames } from '../ocpp/index.ts';
import { WrongMessage, WrongUse } from './errors.ts';
import { type Input, readAnswer, readInputs } from './input.ts';
import { type Paint, reportJson, reportText } from './report.ts';
import { type RunOptions, readVersion, run } from './run.ts';
import { StateFile } from './state-file.ts';

export interface TranslateOptions {
  readonly from: string;
  readonly to: string;
  readonly side?: string;
  readonly action?: string;
  readonly answer?: readonly string[];
  readonly state?: string;
  readonly now?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

const examples = `
Examples:
  evsebridge translate --from 1.6 --to 2.1 '[2,"m1","Heartbeat",{}]'
  evsebridge translate --from 2.1 --to 1.6 --action Reset '{"type":"OnIdle"}' --answer '{"status":"Rejected"}'
  evsebridge translate --from 1.6 --to 2.0.1 --state station.json frames.txt

Exit code: 0 translated, 1 refused or not valid, 2 wrong use.`;

export function addTranslateCommand(program: Command): Command {
  const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  const command = program
    .command('translate')
    .description('show what becomes of a message in another OCPP version: every field, every loss, and the way back')
    .argument('[message]', 'a frame [2,"id","Action",{…}], a payload {…} with --action, a file of them, or - for stdin')
    .requiredOption('--from <version>', `version of the message: ${versionNames.join(', ')}`)
    .requiredOption('--to <version>', 'version of whom it is for')
    .option('--side <side>', 'who sends it, where both may: station or csms (default: station)')
    .option('--action <name>', 'Action of a payload without its frame')
    .option(
      '--answer <json>',
      'what the other side answers: a payload, a frame [4,"","NotSupported","",{}] or timeout; once for each Call (default: the smallest valid answer)',
      collect,
    )
    .option('--state <file>', 'what translation remembers, from one run to the next')
    .option('--now <time>', 'what the clock shows, RFC 3339 (default: the time)')
    .option('--strict', 'refuse what is not valid, instead of mending it as the gateway does')
    .option('--json', 'one line of JSON for each message')
    .addHelpText('after', examples)
    .showHelpAfterError('(evsebridge translate --help says more)')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
  return command.action(async (message: string | undefined, options: TranslateOptions) => {
    process.exitCode = await translateCommand(message, options, process);
  });
}

/** @returns the exit code */
export async function translateCommand(
  message: string | undefined,
  options: TranslateOptions,
  { stdin, stdout, stderr }: Streams,
): Promise<0 | 1 | 2> {
  const complain = (error: WrongMessage | WrongUse, place?: string): void => {
    const paint = painter(stderr);
    const complaints = error instanceof WrongMessage ? error.complaints.map((each) => `\n  ${each}`).join('') : '';
    const where = place === undefined ? '' : `${place}: `;
    stderr.write(`${paint('red', 'error:')} ${where}${error.message}${complaints}\n`);
  };
  try {
    const state = new StateFile(options.state);
    const runOptions = readOptions(options, state);
    const inputs = readInputs(await textOf(message, stdin), {
      version: runOptions.from,
      action: options.action,
      tolerant: runOptions.tolerant,
    });
    const paint = painter(stdout);
    let worst: 0 | 1 = 0;
    for (const input of inputs) {
      const outcome = await one(input, runOptions);
      if (outcome instanceof WrongMessage) complain(outcome, input.place);
      else
        stdout.write(
          options.json === true
            ? `${reportJson(outcome)}\n`
            : `${reportText(outcome, paint, stdout.columns ?? Infinity)}\n`,
        );
      if (outcome instanceof WrongMessage || outcome.end === 'refused' || outcome.end === 'invalid') worst = 1;
    }
    state.save();
    const left = runOptions.answers.length;
    if (left > 0) stderr.write(`${left} of the answers ${left === 1 ? 'was' : 'were'} not asked for\n`);
    return worst;
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    complain(error);
    return 2;
  }
}

async function one(input: Input, options: RunOptions): Promise<Awaited<ReturnType<typeof run>> | WrongMessage> {
  if (input.error !== undefined) return input.error;
  try {
    return await run(input, options);
  } catch (error) {
    if (error instanceof WrongMessage) return error;
    throw error;
  }
}

function readOptions(options: TranslateOptions, state: StateFile): RunOptions {
  const from = readVersion(options.from, '--from');
  const to = readVersion(options.to, '--to');
  mustBeTranslated(from, to);
  if (options.side !== undefined && options.side !== 'station' && options.side !== 'csms') {
    throw new WrongUse(`--side ${options.side}: it is station or csms`);
  }
  const fixed = options.now === undefined ? undefined : Date.parse(options.now);
  if (Number.isNaN(fixed)) throw new WrongUse(`--now ${options.now}: this is no time, as 2026-01-31T12:00:00Z is one`);
  return {
    from,
    to,
    side: options.side as Side | undefined,
    tolerant: options.strict !== true,
    state,
    answers: (options.answer ?? []).map(readAnswer),
    now: () => fixed ?? Date.now(),
    newId: randomUUID,
  };
}

/** @throws WrongUse when there is no translation between the two */
function mustBeTranslated(from: Version, to: Version): void {
  const [low, high] = [from, to].map(({ name }) => versionNames.indexOf(name)).toSorted((a, b) => a - b) as [
    number,
    number,
  ];
  const missing = versionNames
    .slice(low, high)
    .find((older) => !translators.some((translator) => translator.older.name === older));
  if (missing === undefined) return;
  const next = versionNames[versionNames.indexOf(missing) + 1];
  throw new WrongUse(`there is no translation between OCPP ${missing} and ${next} in this release`);
}

/** @throws WrongUse when there is no such file, or nothing at all */
async function textOf(message: string | undefined, stdin: NodeJS.ReadStream): Promise<string> {
  if (message === '-' || (message === undefined && !stdin.isTTY)) return readAll(stdin);
  if (message === undefined) throw new WrongUse('give a message, a file of messages, or - for stdin');
  if (/^\s*[[{]/.test(message)) return message;
  try {
    return readFileSync(message, 'utf8');
  } catch (error) {
    throw new WrongUse(
      `${message} is no frame (it would begin with [), no payload (with {), and no file: ${(error as Error).message}`,
    );
  }
}

/** Colours for a terminal; none for a pipe, a file, or with NO_COLOR. */
const painter =
  (stream: NodeJS.WriteStream): Paint =>
  (style, text) =>
    styleText(style, text, { stream });
