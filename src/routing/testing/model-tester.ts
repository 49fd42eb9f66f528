import { Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { InternalError } from '../../errors/server-errors.js';
import { trialRequest } from '../../dialects/trial.js';
import { openAiError } from '../../protocol/errors/error-format.js';
import { type ModelCall } from '../../providers/llm-provider.js';
import { CHAT } from '../../protocol/operation.js';
import { CallRouter } from '../call-router.js';
import { DeploymentCaller } from '../deployment/deployment-caller.js';

import { operationOf, reach, readTrial, trialOf } from './model-trial.js';
import { type Model } from '../model.js';
import { eachInTurn, join, merged, testsOf } from './deployment-tests.js';
import { type ModelTestResult } from './model-test-result.js';
import { CallEvents } from '../../calls/call-events.js';
import { type CallRecord } from '../../calls/call-record.js';
import { type Cancellation } from '../../calls/cancellation.js';

export const DEFAULT_TEST_MESSAGE = '你好';

/**
 * Tests a model with the smallest call that it supports, on the same path as real traffic: a short
 * chat if possible. If no call is cheap, as for images, the list of models shows whether its
 * service responds.
 */
@Injectable()
export class ModelTester {
  constructor(
    private readonly router: CallRouter,
    private readonly events: CallEvents,
    private readonly caller: DeploymentCaller,
  ) {}

  /**
   * Tests a model and each of its deployments. As for calls, it is available if one of them is.
   * Success and failure are both results; only a cancellation throws.
   * @param forcedLogin set to try a login although it is backing off
   */
  async test(
    model: Model,
    message: string,
    record: CallRecord,
    cancellation: Cancellation,
    forcedLogin?: ModelCall['forcedLogin'],
  ): Promise<ModelTestResult> {
    const tests = testsOf(model, record, cancellation);
    let reported: CallRecord | undefined;
    try {
      const results = await eachInTurn(model, tests, async (one) => {
        const result = await this.testOne(one.model, message, one.record, one.cancellation, forcedLogin);
        if (result.status === 'available' && reported === undefined)
          this.events.answered((reported = one.record));
        return result;
      });
      return merged(model, results);
    } finally {
      join(tests, record);
      if (reported === undefined) this.events.answered(record);
    }
  }

  /** Tests a model with a single deployment. */
  async testOne(
    model: Model,
    message: string,
    record: CallRecord,
    cancellation: Cancellation,
    forcedLogin?: ModelCall['forcedLogin'],
  ): Promise<ModelTestResult> {
    record.model = model.name;
    record.modelType = model.config.type;
    const operation = (trialOf(model)?.operation ?? operationOf(model)).name;
    const startedAt = performance.now();
    const result = (outcome: Pick<ModelTestResult, 'status' | 'response' | 'error'>): ModelTestResult => ({
      model: model.name,
      response_time: Math.round(performance.now() - startedAt) / 1000,
      test_message: message,
      ...(operation !== CHAT.name && { operation }),
      ...outcome,
    });
    try {
      const response = await this.#try(model, message, record, cancellation, { isTest: true, forcedLogin });
      return result({ status: 'available', response });
    } catch (error) {
      record.error = error instanceof GatewayError ? error : new InternalError(error);
      if (cancellation.reason !== undefined) throw cancellation.reason;
      return result({ status: 'unavailable', error: openAiError(record.error) });
    } finally {
      record.endAttempt(record.error);
    }
  }

  /**
   * Tests a model once for background monitoring: this is not an operator's test, and does not
   * count as a call.
   * @throws GatewayError
   */
  async tryOnce(
    model: Model,
    message: string,
    record: CallRecord,
    cancellation: Cancellation,
  ): Promise<void> {
    await this.#try(model, message, record, cancellation, { isTest: false });
  }

  /** @returns a summary for people */
  async #try(
    model: Model,
    message: string,
    record: CallRecord,
    cancellation: Cancellation,
    options: Pick<ModelCall, 'isTest' | 'forcedLogin'>,
  ): Promise<string> {
    const dialect = trialOf(model);
    if (dialect === undefined) return reach(this.caller, model, record, cancellation);
    const request = trialRequest(dialect, model.name, message);
    const { requestId, trace } = record;
    const call = { request, headers: { 'x-request-id': requestId }, trace, ...options };
    // Without fallbacks, because the response of another model would show nothing about this one.
    const alone = model.fallbacks.length === 0 ? model : { ...model, fallbacks: [] };
    const answer = await this.router.route(alone, call, record, cancellation);
    let error: GatewayError | undefined;
    try {
      return dialect.trial.result(await readTrial(answer));
    } catch (failure) {
      error = failure instanceof GatewayError ? failure : new InternalError(failure);
      throw error;
    } finally {
      answer.end(error);
    }
  }
}
