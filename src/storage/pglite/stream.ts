import { extname } from 'node:path';
import { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';

/** The worker beside this file: TypeScript in development, JavaScript when built. */
const entry = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/**
 * What the pg client takes for a socket: the wire protocol, carried by messages to a worker thread that runs the embedded
 * database in `directory`. The thread lives as long as the stream.
 */
export class EmbeddedStream extends Duplex {
  readonly #directory: string;
  #worker: Worker | undefined;
  /** Settled once the thread has ended. */
  readonly exited: Promise<void>;
  #exit: () => void = () => undefined;

  readonly #after: Promise<void> | undefined;

  /** The thread starts when `after` is settled: two must never have the same directory open. */
  constructor(directory: string, after?: Promise<void>) {
    super({ allowHalfOpen: false });
    this.#directory = directory;
    this.#after = after;
    this.exited = new Promise((resolve) => {
      this.#exit = resolve;
    });
  }

  /** Starts the thread; emits `connect` when the database is open. Part of what pg asks of a socket, hence without parameters of ours. */
  connect(): this {
    if (this.#after === undefined) this.#start();
    else void this.#after.then(() => this.#start());
    return this;
  }

  #start(): void {
    if (this.destroyed) return;
    const worker = new Worker(entry, { workerData: { directory: this.#directory }, execArgv: [], stderr: false });
    this.#worker = worker;
    worker.on('message', (answer: Uint8Array | null) => {
      if (answer === null) this.emit('connect');
      else this.push(answer);
    });
    worker.on('error', (error) => this.destroy(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => {
      this.#exit();
      this.destroy();
    });
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#send(new Uint8Array(chunk));
    done();
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: () => void): void {
    let length = 0;
    for (const { chunk } of chunks) length += chunk.length;
    const joined = new Uint8Array(length);
    let offset = 0;
    for (const { chunk } of chunks) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    this.#send(joined);
    done();
  }

  override _final(done: () => void): void {
    this.#worker?.postMessage(null);
    void this.exited.then(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#worker === undefined) this.#exit();
    else void this.#worker.terminate();
    done(error);
  }

  #send(bytes: Uint8Array<ArrayBuffer>): void {
    this.#worker?.postMessage(bytes, [bytes.buffer]);
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    this.#worker?.ref();
    return this;
  }

  unref(): this {
    this.#worker?.unref();
    return this;
  }
}
