import { ByteCollector } from '../../protocol/byte-collector.js';

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts a byte stream of server-sent events at the last complete event. The rest is held until its
 * end arrives, so that anything else written to the stream comes between two events. Framing:
 * https://html.spec.whatwg.org/multipage/server-sent-events.html (an event ends at an empty line;
 * lines end in LF, CR LF or CR).
 */
export class SseBoundary {
  readonly #held = new ByteCollector();
  /** The last two bytes before the current chunk: an event's end may be split between two reads. */
  #beforeLast = 0;
  #last = 0;

  get heldLength(): number {
    return this.#held.length;
  }

  /** @returns all bytes up to the end of the last complete event; undefined while none has ended */
  push(chunk: Buffer): Buffer | undefined {
    const end = this.#endOfLastEvent(chunk);
    if (chunk.length > 0) {
      this.#beforeLast = chunk.length > 1 ? chunk[chunk.length - 2]! : this.#last;
      this.#last = chunk[chunk.length - 1]!;
    }
    if (end === 0) {
      this.#held.append(chunk);
      return undefined;
    }
    const complete = end === chunk.length ? chunk : chunk.subarray(0, end);
    let whole = complete;
    if (this.#held.length > 0) {
      this.#held.append(complete);
      whole = this.#held.take();
    }
    if (end < chunk.length) this.#held.append(chunk.subarray(end));
    return whole;
  }

  /** The bytes of the unfinished event, for the end of a stream. */
  rest(): Buffer {
    return this.#held.all();
  }

  /** Searches backwards: usually the end is the chunk's last byte. */
  #endOfLastEvent(chunk: Buffer): number {
    for (let at = chunk.length - 1; at >= 0; at--) {
      const byte = chunk[at];
      if (byte !== LF && byte !== CR) continue;
      const previous = this.#byteBefore(chunk, at, 1);
      if (byte === LF) {
        if (previous === LF) return at + 1;
        if (previous === CR && this.#byteBefore(chunk, at, 2) === LF) return at + 1;
      } else if (previous === CR) return at + 1;
    }
    return 0;
  }

  #byteBefore(chunk: Buffer, at: number, distance: 1 | 2): number {
    const index = at - distance;
    if (index >= 0) return chunk[index]!;
    return index === -1 ? this.#last : this.#beforeLast;
  }
}
