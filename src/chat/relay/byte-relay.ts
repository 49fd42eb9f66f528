import { type CallRecord } from '../../calls/call-record.js';
import { CallerLeftError } from '../../errors/caller-errors.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import {
  type AnswerSink,
  type AnswerSource,
  streamInterrupted,
} from '../../upstream/response/answer-source.js';
import { type AnswerTarget } from './answer-target.js';

/**
 * Passes bytes to the client as they arrive. They cannot contain an error, so a response that
 * breaks off is cut off, so that the client does not take it for a complete one.
 */
export class ByteRelay implements AnswerSink {
  #resolve!: () => void;

  private constructor(
    private readonly target: AnswerTarget,
    private readonly record: CallRecord,
  ) {}

  /**
   * Settles when the response has ended, successfully or not, as the record shows. Never rejects.
   */
  static run(source: AnswerSource, target: AnswerTarget, record: CallRecord): Promise<void> {
    const relay = new ByteRelay(target, record);
    return new Promise((resolve) => {
      relay.#resolve = resolve;
      record.firstToken();
      target.on('drain', () => source.resume());
      source.readTo(relay);
    });
  }

  onData(chunk: Buffer): boolean {
    return this.target.write(chunk);
  }

  onEnd(): void {
    this.target.end();
    this.#resolve();
  }

  onError(error: GatewayError): void {
    this.record.error = error.code === 'upstream_unreachable' ? streamInterrupted(error) : error;
    if (!(error instanceof CallerLeftError)) this.target.cutOff?.();
    this.#resolve();
  }
}
