/** One kept-alive HTTP/1.1 connection that makes the same request again and again. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export class HttpClient {
  readonly #socket: Socket;
  readonly #request: Buffer;
  #received = '';
  #waiting: { resolve: (answer: HttpAnswer) => void; reject: (reason: Error) => void } | undefined;

  /** @param request the whole of it, head and body. */
  constructor(port: number, request: string) {
    this.#request = Buffer.from(request);
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    // One byte a character: lengths in headers count bytes.
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#read(text));
    this.#socket.on('error', (error) => this.#waiting?.reject(error));
    this.#socket.on('close', () => this.#waiting?.reject(new Error('the API closed the connection')));
  }

  async open(): Promise<void> {
    if (this.#socket.connecting) await once(this.#socket, 'connect');
  }

  request(): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(this.#request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#received += text;
    const blank = this.#received.indexOf('\r\n\r\n');
    if (blank < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#received.slice(0, blank));
    if (length === null) {
      this.#waiting?.reject(new Error(`no Content-Length in ${this.#received.slice(0, blank)}`));
      return;
    }
    const end = blank + 4 + Number(length[1]);
    if (this.#received.length < end) return;
    const answer = { status: Number(this.#received.slice(9, 12)), body: this.#received.slice(blank + 4, end) };
    this.#received = this.#received.slice(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(answer);
  }
}
