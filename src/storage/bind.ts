import type pg from 'pg';

/** Values from this size on are written from where they are, bytes. */
const LARGE = 4096;

/** What pg's queries give to `bind`; its types know only a part of it. */
interface Binding {
  readonly portal?: string;
  readonly statement?: string;
  readonly values?: readonly unknown[];
  readonly binary?: boolean;
  readonly valueMapper?: (value: unknown, index: number) => Buffer | string | null | undefined;
}

/**
 * Has a client write large binary values to its socket as they are. The driver copies them into one message, in a buffer that it makes
 * anew for each and enlarges by copying; of a batch of half a megabyte that is as much work as encoding it was.
 */
export function bindWithoutCopies(client: pg.Client): pg.Client {
  const { connection } = client;
  connection.bind = (config) => {
    const { stream } = connection;
    // The query has corked the stream: what is written here leaves together with what comes before and after it.
    if (stream.writable) for (const chunk of bindMessage(config as unknown as Binding)) stream.write(chunk);
  };
  return client;
}

/** The Bind message of the PostgreSQL protocol (55.7), in pieces. */
export function bindMessage({ portal = '', statement = '', values = [], binary, valueMapper }: Binding): Buffer[] {
  const mapped = values.map((value, index) =>
    valueMapper === undefined ? (value as string) : valueMapper(value, index),
  );
  const lengths = mapped.map((value) => (value === null || value === undefined ? -1 : Buffer.byteLength(value)));
  const isLarge = (index: number): boolean => lengths[index]! >= LARGE && typeof mapped[index] !== 'string';
  let size = Buffer.byteLength(portal) + Buffer.byteLength(statement) + 15 + 6 * values.length;
  let length = size - 1;
  for (const [index, each] of lengths.entries()) {
    if (each <= 0) continue;
    length += each;
    if (!isLarge(index)) size += each;
  }
  const bytes = Buffer.allocUnsafe(size);
  let at = bytes.write('B');
  at = bytes.writeInt32BE(length, at);
  for (const name of [portal, statement]) {
    at += bytes.write(name, at);
    at = bytes.writeUInt8(0, at);
  }
  at = bytes.writeInt16BE(values.length, at);
  for (const value of mapped) at = bytes.writeInt16BE(Buffer.isBuffer(value) ? 1 : 0, at);
  at = bytes.writeInt16BE(values.length, at);
  const pieces: Buffer[] = [];
  let begun = 0;
  for (const [index, value] of mapped.entries()) {
    at = bytes.writeInt32BE(lengths[index]!, at);
    if (value === null || value === undefined) continue;
    if (isLarge(index)) {
      pieces.push(bytes.subarray(begun, at), value as Buffer);
      begun = at;
    } else at += typeof value === 'string' ? bytes.write(value, at) : value.copy(bytes, at);
  }
  at = bytes.writeInt16BE(1, at);
  at = bytes.writeInt16BE(binary === true ? 1 : 0, at);
  pieces.push(bytes.subarray(begun, at));
  return pieces;
}
