/** Pieces of at least this size are kept as they are; smaller ones are copied together. */
const LARGE_BYTES = 4096;
const LARGEST_BLOCK_BYTES = 65_536;
/**
 * A piece is kept without copying it only if the buffer that contains it is at most this many times
 * as large, because the whole buffer stays in memory.
 */
const MAX_PINNED = 4;
const NOTHING = Buffer.alloc(0);

/**
 * Collects bytes that arrive in pieces of any size. Takes about as much memory as the bytes
 * themselves, even if every piece is a single byte; a list of the pieces would take a hundred times
 * as much.
 */
export class ByteCollector {
  /**
   * The only piece so far, unchanged: most bodies are one piece, and copying it would cost more
   * than everything else here.
   */
  #only: Buffer | undefined;
  #blocks: Buffer[] | undefined;
  /** The block into which small pieces are copied, and how much of it is filled. */
  #open: Buffer | undefined;
  #filled = 0;
  #length = 0;

  /** Bytes collected so far. */
  get length(): number {
    return this.#length;
  }

  append(piece: Buffer): void {
    if (this.#length === 0 && piece.buffer.byteLength <= MAX_PINNED * Math.max(piece.length, LARGE_BYTES)) {
      this.#only = piece;
    } else {
      if (this.#only !== undefined) this.#keep(this.#only);
      this.#only = undefined;
      this.#keep(piece);
    }
    this.#length += piece.length;
  }

  /** All bytes in one piece; they remain collected. */
  all(): Buffer {
    if (this.#only !== undefined) return this.#only;
    this.#close();
    if (this.#blocks === undefined) return NOTHING;
    if (this.#blocks.length > 1) this.#blocks = [Buffer.concat(this.#blocks, this.#length)];
    return this.#blocks[0]!;
  }

  /** All bytes in one piece; the collector is empty afterwards. */
  take(): Buffer {
    const bytes = this.all();
    this.clear();
    return bytes;
  }

  /** Drops all bytes without joining them, as `take` would. */
  clear(): void {
    this.#only = undefined;
    this.#blocks = undefined;
    this.#open = undefined;
    this.#filled = 0;
    this.#length = 0;
  }

  #keep(piece: Buffer): void {
    if (piece.length >= LARGE_BYTES && piece.buffer.byteLength <= MAX_PINNED * piece.length) {
      this.#close();
      (this.#blocks ??= []).push(piece);
    } else this.#copy(piece);
  }

  #copy(piece: Buffer): void {
    let copied = 0;
    while (copied < piece.length) {
      if (this.#open === undefined || this.#filled === this.#open.length) {
        this.#close();
        const wanted = Math.max(piece.length - copied, this.#length, 64);
        this.#open = Buffer.allocUnsafeSlow(Math.min(wanted, LARGEST_BLOCK_BYTES));
      }
      const count = piece.copy(this.#open, this.#filled, copied);
      this.#filled += count;
      copied += count;
    }
  }

  #close(): void {
    if (this.#filled > 0) (this.#blocks ??= []).push(this.#open!.subarray(0, this.#filled));
    this.#open = undefined;
    this.#filled = 0;
  }
}
