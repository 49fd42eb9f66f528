import { Injectable } from '@nestjs/common';
import { LiveConfig } from '../config/live-config.js';
import { type ModelCall } from '../providers/llm-provider.js';
import { type CallRecord } from '../calls/call-record.js';
import { type Cancellation } from '../calls/cancellation.js';
import { UpstreamFailure } from '../upstream/failure/upstream-failure.js';
import { CallRoute, type RouteServices } from './call-route.js';
import { DeploymentCaller } from './deployment/deployment-caller.js';
import { type Model } from './model.js';
import { RetryBudget } from './retry/retry-budget.js';
import { type RoutedAnswer } from './response/routed-answer.js';

/** Routes a call to a deployment, and to others if that fails. */
@Injectable()
export class CallRouter implements RouteServices {
  readonly budget: RetryBudget;

  constructor(
    readonly caller: DeploymentCaller,
    readonly failure: UpstreamFailure,
    live: LiveConfig,
  ) {
    this.budget = new RetryBudget(() => live.current.retry.budget_percent);
  }

  /**
   * Tries until there is a response for the client, or nothing is left to try.
   * @returns a response whose `end` must be called
   * @throws GatewayError the failure to report to the client
   */
  route(
    model: Model,
    call: ModelCall,
    record: CallRecord,
    cancellation: Cancellation,
  ): Promise<RoutedAnswer> {
    return new CallRoute(this, model, call, record, cancellation).run();
  }
}
