/** The floor: a bare `ws` server that sends every message back as it came. */
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (data, binary) => socket.send(data, { binary }));
  // A reset connection is part of the scenarios; `close` follows and there is nothing to clean up.
  socket.on('error', () => {});
});
server.once('listening', () => process.send?.({ ocppPort: (server.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit(0));
