/**
 * The yardstick: `ocpp-rpc` as a server in strict mode that answers every Call properly and stores nothing.
 * The same process takes commands over HTTP, as thinly as `node:http` can, and calls the station.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRPCError, RPCServer } from 'ocpp-rpc';

type Handler = (call: { readonly params: Record<string, unknown> }) => Record<string, unknown>;

let transactionId = 0;
const accepted = { status: 'Accepted' };
const now = () => new Date().toISOString();

const handlers: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  'ocpp1.6': {
    BootNotification: () => ({ currentTime: now(), interval: 300, ...accepted }),
    Heartbeat: () => ({ currentTime: now() }),
    StatusNotification: () => ({}),
    Authorize: () => ({ idTagInfo: accepted }),
    StartTransaction: () => ({ transactionId: ++transactionId, idTagInfo: accepted }),
    MeterValues: () => ({}),
    StopTransaction: () => ({ idTagInfo: accepted }),
  },
  'ocpp2.0.1': {
    BootNotification: () => ({ currentTime: now(), interval: 300, ...accepted }),
    Heartbeat: () => ({ currentTime: now() }),
    StatusNotification: () => ({}),
    TransactionEvent: ({ params }) => (params.idToken === undefined ? {} : { idTokenInfo: accepted }),
  },
};

interface Client {
  readonly identity: string;
  readonly protocol: string;
  handle(action: string, handler: Handler): void;
  handle(handler: () => never): void;
  call(action: string, params: unknown): Promise<unknown>;
  once(event: 'close', listener: () => void): void;
}

const clients = new Map<string, Client>();
const server = new RPCServer({ protocols: ['ocpp1.6', 'ocpp2.0.1'], strictMode: true });
server.auth((accept) => accept());
server.on('client', (connected) => {
  const client = connected as unknown as Client;
  clients.set(client.identity, client);
  client.once('close', () => {
    if (clients.get(client.identity) === client) clients.delete(client.identity);
  });
  for (const [action, handler] of Object.entries(handlers[client.protocol] ?? {})) client.handle(action, handler);
  client.handle(() => {
    throw createRPCError('NotImplemented');
  });
});
const ocpp = (await server.listen(0, '127.0.0.1')) as unknown as { address(): AddressInfo };

const api = createServer((request, response) => {
  const [, , , id = '', , action = ''] = (request.url ?? '').split('/');
  const chunks: Buffer[] = [];
  const answer = (status: number, body: unknown) => {
    const text = JSON.stringify(body);
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
    response.end(text);
  };
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const client = clients.get(decodeURIComponent(id));
    if (client === undefined) return answer(409, { title: `${id} is not connected` });
    client.call(action, JSON.parse(Buffer.concat(chunks).toString())).then(
      (result) => answer(200, { state: 'completed', response: result }),
      (error: unknown) => answer(502, { title: String(error) }),
    );
  });
});
await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
process.send?.({ ocppPort: ocpp.address().port, apiPort: (api.address() as AddressInfo).port });
process.once('disconnect', () => process.exit(0));
