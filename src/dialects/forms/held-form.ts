import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ByteCollector } from '../../protocol/byte-collector.js';

/** Limit of memory; beyond it, a file is tried. */
const MEMORY_BYTES = 1024 * 1024;
/** Bytes read from the file at a time. */
const PIECE_BYTES = 65_536;

/**
 * The start of a form, held until its model is known: in a temporary file if it is long and a file
 * can be written, otherwise in memory. The file is unlinked as soon as it is open, so nothing
 * remains of it whatever happens.
 */
export class HeldForm {
  readonly #bytes = new ByteCollector();
  #file: FileHandle | undefined;
  #fileBytes = 0;
  #mayWrite = true;

  async append(chunk: Buffer): Promise<void> {
    this.#bytes.append(chunk);
    if (this.#bytes.length > MEMORY_BYTES && this.#mayWrite) await this.#moveToFile();
  }

  /** Returns the bytes, once, from the first one; they are released as they are read. */
  async *take(): AsyncGenerator<Buffer, void> {
    try {
      for (let at = 0; at < this.#fileBytes;) {
        const wanted = Math.min(PIECE_BYTES, this.#fileBytes - at);
        const { bytesRead, buffer } = await this.#file!.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
        if (bytesRead === 0) throw new Error('A temporary file is shorter than what was written to it.');
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
      if (this.#bytes.length > 0) yield this.#bytes.take();
    } finally {
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    const file = this.#file;
    this.#bytes.take();
    this.#file = undefined;
    this.#fileBytes = 0;
    await file?.close();
  }

  /**
   * Moves the bytes in memory to the file. If the disk is full or read-only, they stay in memory.
   */
  async #moveToFile(): Promise<void> {
    try {
      this.#file ??= await openNameless();
      const bytes = this.#bytes.all();
      for (let written = 0; written < bytes.length;) {
        const at = this.#fileBytes + written;
        written += (await this.#file.write(bytes, written, bytes.length - written, at)).bytesWritten;
      }
      this.#fileBytes += bytes.length;
      this.#bytes.take();
    } catch {
      this.#mayWrite = false;
    }
  }
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `llm-gateway-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}
