import { type IncomingHttpHeaders } from 'node:http';
import { type Usage } from '../../conversation/usage.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type AnswerSource, type AnswerSink } from './answer-source.js';

/**
 * A response derived from another one. Whatever a subclass does not override is passed to the other
 * response.
 */
export abstract class DerivedAnswer<Source extends AnswerSource = AnswerSource> implements AnswerSource {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;

  /** @param contentType of the new body, if it differs */
  constructor(
    protected answer: Source,
    contentType?: string,
  ) {
    this.status = answer.status;
    this.headers =
      contentType === undefined ? answer.headers : { ...answer.headers, 'content-type': contentType };
  }

  get usage(): Usage | undefined {
    return this.answer.usage;
  }

  abstract readTo(sink: AnswerSink): void;

  readAll(limitBytes: number): Promise<Buffer> {
    return this.answer.readAll(limitBytes);
  }

  firstByte(): void {
    this.answer.firstByte();
  }

  streams(): void {
    this.answer.streams?.();
  }

  resume(): void {
    this.answer.resume();
  }

  done(): void {
    this.answer.done();
  }

  abort(reason: GatewayError): void {
    this.answer.abort(reason);
  }
}
