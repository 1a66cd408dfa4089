/** The command line. Together with `serve.ts` the only place that constructs things and reads the environment. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type Config, readConfig, unknownVariables, WrongSetting } from './config.ts';
import { addSimulateCommand } from './station/simulate.ts';
import { DataDirectoryInUse, migrate } from './storage/store.ts';
import { addTranslateCommand } from './translate/command.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  version: string;
};

const print = (line = ''): void => void process.stdout.write(`${line}\n`);

function config(options: { config?: string }): Config {
  const file = options.config ?? process.env['EVSEBRIDGE_CONFIG'];
  let text: string | undefined;
  try {
    text = file === undefined ? undefined : readFileSync(file, 'utf8');
  } catch (error) {
    throw new WrongSetting(`the configuration file cannot be read: ${(error as Error).message}`);
  }
  for (const variable of unknownVariables(process.env)) process.stderr.write(`evsebridge: ${variable} is no setting\n`);
  return readConfig(process.env, text);
}

async function runServe(options: { config?: string }): Promise<void> {
  const { serve } = await import('./serve.ts');
  const running = await serve(config(options), version);
  const [first] = running.stationUrls;
  print();
  print(`  EVSEBridge ${version}`);
  print();
  print(`  Dashboard   ${running.apiUrl}/?key=${running.adminKey}`);
  print(`  API         ${running.apiUrl}/docs`);
  for (const { version: name, transport, url } of running.stationUrls) {
    print(`  OCPP ${`${name}${transport === 'soap' ? ' SOAP' : ''}`.padEnd(8)} ${url}`);
  }
  print();
  print('  Try next, in another terminal:');
  const stations = first?.url.replace('/{stationId}', '') ?? '';
  print(
    `    npm run simulate -- --version 1.6,2.0.1,2.1 --stations 6 --speed 20 --url ${stations} --api '${running.apiUrl}/?key=${running.adminKey}'`,
  );
  print();
  const stop = (): void => {
    // A second signal ends the process the hard way.
    process.once('SIGINT', () => process.exit(130));
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  // npm does not pass SIGTERM on: without it this process would be left behind, holding its ports.
  if (process.env['npm_lifecycle_event'] !== undefined) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && stop(), 500).unref();
  }
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function fail(error: unknown): never {
  const expected =
    error instanceof WrongSetting ||
    error instanceof DataDirectoryInUse ||
    error instanceof InvalidArgumentError ||
    isSystemError(error);
  process.stderr.write(
    `evsebridge: ${expected ? (error as Error).message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
}

/** A port that is taken, a server that does not answer: the message says it all. */
const isSystemError = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'StoreUnavailable' || typeof (error as NodeJS.ErrnoException).code === 'string');

const program = new Command('evsebridge')
  .description('The OCPP gateway: stations of any OCPP version on one side, one vocabulary on the other')
  .version(version)
  .showHelpAfterError();

program
  .command('serve', { isDefault: true })
  .description('run the gateway')
  .option('-c, --config <file>', 'configuration file (YAML); every setting is also an environment variable')
  .action(runServe);

program
  .command('migrate')
  .description('bring the database up to this release, without starting the gateway')
  .option('-c, --config <file>', 'configuration file (YAML)')
  .action(async (options: { config?: string }) => {
    const { databaseUrl, dataDir } = config(options);
    const log = {
      info: () => undefined,
      warn: (_fields: object, message: string) => print(message),
      error: (_fields: object, message: string) => print(message),
    };
    const applied = await migrate({ ...(databaseUrl === undefined ? {} : { databaseUrl }), dataDir, log });
    print(applied.length === 0 ? 'nothing to do' : applied.map((name) => `applied ${name}`).join('\n'));
  });

addSimulateCommand(program);
addTranslateCommand(program);

program.parseAsync().catch(fail);
