import { type Usage } from '../conversation/usage.js';
import { InvalidRequestError } from '../errors/caller-errors.js';
import { UpstreamError } from '../errors/upstream-errors.js';
import { type ErrorFormat } from '../protocol/error-format.js';
import { errorOf, isBare } from '../protocol/error-shape.js';
import { type ScanLimits } from '../protocol/json-scan.js';
import { excessOf, isJsonObject, parseLosslessJson } from '../protocol/json.js';
import { type Operation } from '../protocol/operation.js';
import { type AnswerSource } from '../upstream/response/answer-source.js';
import { jsonTypeOf } from '../upstream/response/response-headers.js';
import {
  type ClientRequest,
  type Dialect,
  type FirstEvent,
  type ReceivedBody,
  type ReplyGathering,
  type ReplyWatch,
  type ReplyWriter,
  ReportedError,
  type WholeReply,
} from './dialect.js';

/** A wire format of one JSON document up and one down: no streams, and no other format that it could be translated to. */
export abstract class DocumentDialect implements Dialect {
  abstract readonly name: string;
  abstract readonly operation: Operation;
  abstract readonly route: string;
  abstract readonly errors: ErrorFormat;

  abstract path(model: string, isStream: boolean): string;
  abstract parse(body: Buffer, limits?: ScanLimits): ClientRequest;

  /** Whether a document is a reply; it is no error. */
  protected abstract isReply(document: Record<string, unknown>): boolean;

  /** The tokens that a reply tells of. */
  protected usageOf(_document: Record<string, unknown>): Usage | undefined {
    return undefined;
  }

  readWhole(
    { bytes, gathering }: ReceivedBody,
    _request: ClientRequest,
    { status, headers }: Pick<AnswerSource, 'status' | 'headers'>,
  ): WholeReply | ReportedError {
    const document = gathering === undefined ? parseLosslessJson(bytes.toString()) : undefined;
    const error = errorOf(document, true);
    if (isJsonObject(document) && this.isReply(document))
      return new DocumentReply(bytes, jsonTypeOf(headers), document, this.usageOf(document));
    if (error !== undefined) return new ReportedError(error, document, isBare(document, error));
    const why = isJsonObject(document)
      ? 'is JSON, but no reply'
      : (excessOf(bytes) ?? 'is not a JSON object');
    throw new UpstreamError('upstream_invalid_response', `The upstream's answer ${why}.`, {
      upstreamStatus: status,
    });
  }

  watch(): ReplyWatch {
    throw noStream(this.name);
  }

  gather(): ReplyGathering {
    throw new UpstreamError(
      'upstream_invalid_response',
      "The upstream's answer is a stream, not a document.",
    );
  }

  firstEvent(): FirstEvent | undefined {
    throw noStream(this.name);
  }

  beginsStream(): boolean {
    return false;
  }

  documentAsEvents(): string {
    throw noStream(this.name);
  }

  writer(): ReplyWriter {
    throw noStream(this.name);
  }

  document(): Record<string, unknown> {
    throw noStream(this.name);
  }
}

function noStream(name: string): InvalidRequestError {
  return new InvalidRequestError('invalid_value', `The format ${name} has no streams.`, 'stream');
}

class DocumentReply implements WholeReply {
  readonly text = '';

  constructor(
    readonly bytes: Buffer,
    readonly contentType: string,
    readonly document: Record<string, unknown>,
    readonly usage: Usage | undefined,
  ) {}

  toStream(): string {
    return '';
  }
}
