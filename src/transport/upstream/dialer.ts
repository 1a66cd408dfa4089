/** Connections to upstream CSMSs over OCPP-J, as the station that they are made for (1.6J 3, 2.x part 4 3). */
import WebSocket from 'ws';
import type { UpstreamDialer, UpstreamRow, UpstreamSession, UpstreamSocket } from '../../gateway/ports.ts';
import { versionByName } from '../../ocpp/index.ts';

/** ms */
const HANDSHAKE_TIMEOUT = 15_000;
/** Largest message taken in from a CSMS, in bytes. */
const MAX_PAYLOAD = 4 * 1024 * 1024;

/** The CSMS's address for one station: the identity is appended, percent-encoded (1.6J 3.1.1). */
export function addressOf(url: string, stationId: string): string {
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/${encodeURIComponent(stationId)}`;
  return address.href;
}

/** 1.x passwords are given as text here, and sent as these bytes. */
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

export const dialer: UpstreamDialer = {
  dial(upstream: UpstreamRow, stationId: string, session: UpstreamSession): UpstreamSocket {
    const { url, version, password, headers, ca, certificate, privateKey, pingInterval } = upstream;
    const { subprotocol } = versionByName(version);
    const socket = new WebSocket(addressOf(url, stationId), [subprotocol], {
      headers: { ...headers, ...(password === null ? {} : { authorization: basic(stationId, password) }) },
      handshakeTimeout: HANDSHAKE_TIMEOUT,
      maxPayload: MAX_PAYLOAD,
      perMessageDeflate: false,
      skipUTF8Validation: false,
      ...(ca === null ? {} : { ca }),
      ...(certificate === null || privateKey === null ? {} : { cert: certificate, key: privateKey }),
    });
    let reason = '';
    let timer: NodeJS.Timeout | undefined;
    let alive = true;
    socket.on('open', () => {
      if (pingInterval > 0) {
        timer = setInterval(() => {
          if (!alive) {
            reason = 'no sign of life since the last ping';
            socket.terminate();
            return;
          }
          alive = false;
          socket.ping();
        }, pingInterval * 1000).unref();
      }
      session.opened();
    });
    socket.on('pong', () => {
      alive = true;
    });
    socket.on('message', (data, isBinary) => {
      alive = true;
      if (!isBinary) session.receive(String(data));
    });
    socket.on('error', (error) => {
      reason ||= error.message;
    });
    socket.on('close', (code, text) => {
      clearInterval(timer);
      session.closed(code, reason || String(text));
    });
    return {
      send: (frame) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(frame);
      },
      close: (code, text) => {
        reason ||= text;
        if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
        else socket.close(code, text);
      },
    };
  },
};
