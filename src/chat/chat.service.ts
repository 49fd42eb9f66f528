import { Injectable } from '@nestjs/common';
import { LiveConfig } from '../config/live-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { InternalError } from '../errors/server-errors.js';
import { type AcceptedAnswer, ModelCaller } from '../models/model-caller.js';
import { isJson, mediaType, readWholeAnswer } from '../models/whole-answer.js';
import { completionToStream } from '../protocol/completion-stream.js';
import { type ChatCall } from '../providers/llm-provider.js';
import { type Model } from '../routing/model.js';
import { ModelAvailability } from '../telemetry/model-availability.js';
import { type RequestRecord } from '../telemetry/request-record.js';
import { answerHeaders } from '../upstream/answer-headers.js';
import { type Cancellation } from '../upstream/cancellation.js';
import { UpstreamFailure } from '../upstream/upstream-failure.js';
import { type AnswerTarget } from './answer-target.js';
import { StreamRelay } from './stream-relay.js';

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** Answers a chat call: brings it to its model and the answer back, in the form that the caller asked for. */
@Injectable()
export class ChatService {
  constructor(
    private readonly live: LiveConfig,
    private readonly caller: ModelCaller,
    private readonly failure: UpstreamFailure,
    private readonly availability: ModelAvailability,
  ) {}

  /**
   * Settles when the call is over. What fails after the answer has begun is told inside it and in the record.
   * @throws GatewayError for what fails before, so that the caller gets a true status
   */
  async answer(
    model: Model,
    call: ChatCall,
    target: AnswerTarget,
    record: RequestRecord,
    cancellation: Cancellation,
  ): Promise<void> {
    record.model = model.name;
    record.modelType = model.config.type;
    record.isStream = call.request.isStream;
    try {
      const answer = await this.caller.open(model, call, record, cancellation);
      await (call.request.isStream
        ? this.#stream(answer, call, target, record)
        : this.#json(answer, call, target, record));
    } catch (error) {
      record.error = error instanceof GatewayError ? error : new InternalError(error);
      throw record.error;
    } finally {
      record.endAttempt(record.error);
      this.availability.note(record);
    }
  }

  async #stream(
    answer: AcceptedAnswer,
    call: ChatCall,
    target: AnswerTarget,
    record: RequestRecord,
  ): Promise<void> {
    const { exchange } = answer;
    const contentType = exchange.headers['content-type'];
    const headers = { ...answerHeaders(exchange.headers), ...STREAM_HEADERS };
    if (isJson(contentType) || mediaType(contentType) === 'text/html') {
      const { completion } = await readWholeAnswer(answer, call, record, this.failure);
      record.firstToken();
      target.writeHead(200, headers);
      target.end(completionToStream(completion, call.request.wantsUsage));
      return;
    }
    target.writeHead(200, headers);
    await StreamRelay.run(exchange, target, record, {
      choiceCount: call.request.choiceCount,
      keepAliveSeconds: this.live.current.server.sse_keepalive_seconds,
    });
  }

  async #json(
    answer: AcceptedAnswer,
    call: ChatCall,
    target: AnswerTarget,
    record: RequestRecord,
  ): Promise<void> {
    const { bytes, contentType } = await readWholeAnswer(answer, call, record, this.failure);
    target.writeHead(200, {
      ...answerHeaders(answer.exchange.headers),
      'content-type': contentType,
      'content-length': bytes.length,
    });
    target.end(bytes);
  }
}
