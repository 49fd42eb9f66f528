import { mediaType } from '../../upstream/response/response-headers.js';
import { type AnswerSource, collect } from '../../upstream/response/answer-source.js';
import { HeldAnswer } from '../../upstream/response/held-answer.js';
import { withoutBody } from './whole-answer.js';

/** Maximum number of bytes that wait for a sink; beyond it, the upstream is paused. */
const MAX_HELD_BYTES = 65_536;

/**
 * A response whose bytes are passed on as they arrive. Only texts are converted to UTF-8, because
 * bytes that look like a byte order mark may be audio.
 */
export class OpenedBytes extends HeldAnswer {
  #open!: () => void;
  #refuse!: (error: Error) => void;

  /**
   * Settles with the first byte.
   * @throws GatewayError if none arrives
   */
  static async of(answer: AnswerSource): Promise<OpenedBytes> {
    const opened = new OpenedBytes(answer);
    await new Promise<void>((resolve, reject) => {
      opened.#open = resolve;
      opened.#refuse = reject;
      answer.readTo(opened, opened.isText);
    });
    return opened;
  }

  get isText(): boolean {
    return mediaType(this.headers['content-type']).startsWith('text/');
  }

  /** The announced length in bytes, as digits, if the service states it and no byte is changed. */
  get announcedLength(): string | undefined {
    const { 'content-length': length, 'content-encoding': coding } = this.headers;
    return this.isText || coding !== undefined ? undefined : length;
  }

  override readAll(limitBytes: number): Promise<Buffer> {
    return collect(this, limitBytes);
  }

  protected onHeldData(chunk: Buffer): boolean {
    this.firstByte();
    this.held.append(chunk);
    this.#open();
    return this.held.length <= MAX_HELD_BYTES;
  }

  protected onHeldEnd(): void {
    this.#refuse(this.failure ?? withoutBody(this));
  }
}
