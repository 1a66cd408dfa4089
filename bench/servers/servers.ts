/** The servers that are compared, a row each. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Target } from '../load/job.ts';
import { makeHome, type StoreKind, startGateway } from './gateway.ts';

export interface RunningServer {
  readonly target: Target;
  /** What the server wrote, for a report of a run that failed. */
  output(): string;
  stop(): Promise<void>;
}

export interface ServerKind {
  readonly name: string;
  readonly title: string;
  readonly takesCommands: boolean;
  start(): Promise<RunningServer>;
}

/** The server that the others are measured in. */
export const yardstick = 'ocpp-rpc';

function gateway(store: StoreKind): () => Promise<RunningServer> {
  return async () => {
    const home = await makeHome(store);
    try {
      const running = await startGateway(home);
      return {
        target: {
          name: `gateway-${store}`,
          ocppPort: running.ocppPort,
          path: '/ocpp/',
          answers: 'ocpp',
          pid: running.pid,
          database: home.database,
          commands: {
            port: running.apiPort,
            key: running.key,
            action: 'ChangeAvailability',
            body: '{"operationalStatus":"Operative","evse":{"id":1}}',
          },
        },
        output: running.output,
        stop: async () => {
          await running.stop();
          await home.remove();
        },
      };
    } catch (error) {
      await home.remove();
      throw error;
    }
  };
}

async function forked(file: string): Promise<{ child: ChildProcess; ocppPort: number; apiPort: number | undefined }> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: [] });
  const [message] = (await once(child, 'message')) as [{ ocppPort: number; apiPort?: number }];
  return { child, ocppPort: message.ocppPort, apiPort: message.apiPort };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}

export const serverKinds: readonly ServerKind[] = [
  { name: 'gateway-postgres', title: 'EVSEBridge on PostgreSQL', takesCommands: true, start: gateway('postgres') },
  { name: 'gateway-embedded', title: 'EVSEBridge, embedded store', takesCommands: true, start: gateway('embedded') },
  {
    name: yardstick,
    title: 'ocpp-rpc, strict, stores nothing',
    takesCommands: true,
    start: async () => {
      const { child, ocppPort, apiPort } = await forked('./ocpp-rpc.ts');
      const body = '{"connectorId":1,"type":"Operative"}';
      const commands = { port: apiPort ?? 0, key: '-', action: 'ChangeAvailability', body };
      const target = {
        name: yardstick,
        ocppPort,
        path: '/',
        answers: 'ocpp',
        pid: child.pid!,
        database: undefined,
        commands,
      } as const;
      return { target, output: () => '', stop: () => end(child) };
    },
  },
  {
    name: 'ws-echo',
    title: 'ws, echo',
    takesCommands: false,
    start: async () => {
      const { child, ocppPort } = await forked('./echo.ts');
      const target = {
        name: 'ws-echo',
        ocppPort,
        path: '/',
        answers: 'echo',
        pid: child.pid!,
        database: undefined,
        commands: undefined,
      } as const;
      return { target, output: () => '', stop: () => end(child) };
    },
  },
];
