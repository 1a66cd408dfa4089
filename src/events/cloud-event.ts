/** Events as the business is told them: CloudEvents 1.0 in JSON. */
import type { JournalRecord, JsonObject } from '../gateway/ports.ts';

/** CloudEvents `source`: with it, a sequence number identifies an event. */
export const eventSource = 'evsebridge';

/** What an event is made of. */
export interface EventFacts {
  readonly seq: number;
  /** Absent for what is about the stream itself. */
  readonly stationId?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: string;
  readonly data: JsonObject;
}

/** One event, turned into JSON once however many read it. */
export class StreamEvent implements EventFacts {
  readonly seq: number;
  readonly stationId?: string;
  readonly at: number;
  readonly type: string;
  readonly data: JsonObject;
  #json: string | undefined;

  constructor({ seq, stationId, at, type, data }: EventFacts) {
    this.seq = seq;
    if (stationId !== undefined) this.stationId = stationId;
    this.at = at;
    this.type = type;
    this.data = data;
  }

  /** The CloudEvent. `sequence` is the decimal sequence number, the same as `id`. */
  get json(): string {
    this.#json ??= JSON.stringify({
      specversion: '1.0',
      id: String(this.seq),
      source: eventSource,
      type: this.type,
      ...(this.stationId !== undefined && { subject: this.stationId }),
      time: new Date(this.at).toISOString(),
      datacontenttype: 'application/json',
      sequence: String(this.seq),
      data: this.data,
    });
    return this.#json;
  }
}

/** The events of a Journal record, numbered: the i-th has `seq + i`. */
export function eventsOf(record: JournalRecord): StreamEvent[] {
  return record.events.map(
    ({ type, data }, index) =>
      new StreamEvent({ seq: record.seq + index, stationId: record.stationId, at: record.at, type, data }),
  );
}

/** The last number that a record takes: with k events it takes max(1, k). */
export const lastNumber = (record: JournalRecord): number => record.seq + Math.max(1, record.events.length) - 1;
