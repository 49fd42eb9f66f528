import { Injectable } from '@nestjs/common';
import { type WholeReply } from '../dialects/dialect.js';
import { GatewayError } from '../errors/gateway-error.js';
import { InternalError } from '../errors/server-errors.js';
import { ownRequest } from '../dialects/own-request.js';
import { type OpenAiError, openAiError } from '../protocol/error-format.js';
import { type ModelCall } from '../providers/llm-provider.js';
import { CallRouter } from './call-router.js';
import { type Model } from '../catalog/model.js';
import { CallEvents } from '../calls/call-events.js';
import { type CallRecord } from '../calls/call-record.js';
import { type Cancellation } from '../calls/cancellation.js';

export const DEFAULT_TEST_MESSAGE = '你好';

/** The result of a model test, named as on the wire. */
export interface ModelTestResult {
  readonly model: string;
  readonly status: 'available' | 'unavailable';
  /** Seconds from the start of the call to its end. */
  readonly response_time: number;
  readonly test_message: string;
  /** The model's reply; present when it is available. */
  readonly response?: string;
  /** Present when it is not available. */
  readonly error?: OpenAiError;
}

/** Tests a model with one short chat, along the path of real traffic. */
@Injectable()
export class ModelTester {
  constructor(
    private readonly router: CallRouter,
    private readonly events: CallEvents,
  ) {}

  /**
   * Success and failure are both results; only a cancellation throws.
   * @param forcedLogin set to try a login that is backing off all the same
   */
  async test(
    model: Model,
    message: string,
    record: CallRecord,
    cancellation: Cancellation,
    forcedLogin?: ModelCall['forcedLogin'],
  ): Promise<ModelTestResult> {
    record.model = model.name;
    record.modelType = model.config.type;
    const startedAt = performance.now();
    const result = (outcome: Pick<ModelTestResult, 'status' | 'response' | 'error'>): ModelTestResult => ({
      model: model.name,
      response_time: Math.round(performance.now() - startedAt) / 1000,
      test_message: message,
      ...outcome,
    });
    try {
      const call = { ...testCall(model.name, message, record, true), forcedLogin };
      const reply = await this.#ask(model, call, record, cancellation);
      return result({ status: 'available', response: reply.text });
    } catch (error) {
      record.error = error instanceof GatewayError ? error : new InternalError(error);
      if (cancellation.reason !== undefined) throw cancellation.reason;
      return result({ status: 'unavailable', error: openAiError(record.error) });
    } finally {
      record.endAttempt(record.error);
      this.events.answered(record);
    }
  }

  /**
   * The same for background monitoring: not an operator's test, and not counted as a call.
   * @throws GatewayError
   */
  async tryOnce(
    model: Model,
    message: string,
    record: CallRecord,
    cancellation: Cancellation,
  ): Promise<void> {
    const call = testCall(model.name, message, record, false);
    await this.#ask(model, call, record, cancellation);
  }

  async #ask(
    model: Model,
    call: ModelCall,
    record: CallRecord,
    cancellation: Cancellation,
  ): Promise<WholeReply> {
    // Without fallbacks: a response of another model would say nothing about this one.
    const alone = model.fallbacks.length === 0 ? model : { ...model, fallbacks: [] };
    const answer = await this.router.route(alone, call, record, cancellation);
    answer.end();
    return answer.whole!;
  }
}

function testCall(
  model: string,
  message: string,
  { requestId, trace }: CallRecord,
  isTest: boolean,
): ModelCall {
  const request = ownRequest(model, [{ role: 'user', content: message }]);
  return { request, headers: { 'x-request-id': requestId }, isTest, trace };
}
