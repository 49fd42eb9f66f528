import { Injectable } from '@nestjs/common';
import { type ChatCall } from '../providers/llm-provider.js';
import { type AttemptReason } from '../calls/attempt-record.js';
import { type CallRecord } from '../calls/call-record.js';
import { type AnswerSource } from '../upstream/response/answer-source.js';
import { type Cancellation } from '../calls/cancellation.js';
import { UpstreamClient } from '../upstream/upstream-client.js';
import { UpstreamFailure } from '../upstream/failure/upstream-failure.js';
import { type UpstreamRequest, withTrace } from '../upstream/upstream-request.js';
import { CallCredential } from './call-credential.js';
import { isCredentialRefused } from './credential-check.js';
import { type Deployment } from './deployment.js';

/** An answer that the upstream has begun: accepted with 2xx, body still to come. */
export interface AcceptedAnswer {
  readonly exchange: AnswerSource;
  readonly request: UpstreamRequest;
}

/** Brings a call to one deployment: prepared by its provider, sent, and sent once more if a credential had to be renewed. */
@Injectable()
export class DeploymentCaller {
  constructor(
    private readonly client: UpstreamClient,
    private readonly failure: UpstreamFailure,
  ) {}

  /**
   * Waits until the upstream has accepted.
   * @throws GatewayError
   */
  async open(
    { model, name, config, upstream, saysContextLength }: Deployment,
    call: ChatCall,
    record: CallRecord,
    cancellation: Cancellation,
    reason: AttemptReason,
  ): Promise<AcceptedAnswer> {
    const { credential, dialect } = upstream;
    const { refusedWhen } = credential;
    for (let why = reason; ; why = 'renewal') {
      const obtained = credential.obtain(call);
      record.upstreamStatus = undefined;
      const attempt = record.attempt(model, name, why);
      const access = obtained instanceof Promise ? await cancellation.race(obtained) : obtained;
      const prepared = upstream.prepare(call, access);
      let request = prepared instanceof Promise ? await cancellation.race(prepared) : prepared;
      if (cancellation.reason !== undefined) throw cancellation.reason;
      record.attempts++;
      if (saysContextLength !== undefined) request = { ...request, saysContextLength };
      if (call.trace !== undefined)
        request = withTrace(request, call.trace.attemptBegan(attempt, request.url));
      const exchange = this.client.send(request, config, request.isStream ?? call.request.isStream);
      cancellation.attach(exchange);
      await exchange.accepted;
      record.upstreamStatus = exchange.status;
      attempt.upstreamStatus = exchange.status;
      const isRefused =
        refusedWhen === undefined
          ? exchange.status === 401
          : await isCredentialRefused(
              exchange,
              refusedWhen,
              request.isStream ?? call.request.isStream,
              config.limits.answer,
              call.request.owner,
            );
      if (!isRefused && exchange.status >= 200 && exchange.status < 300) {
        access.worked();
        if (dialect === undefined) return { exchange, request };
        const further = new CallCredential(upstream, access, config, call, this.failure);
        const translated = dialect.translate(exchange, request, call.request, further);
        cancellation.attach(translated);
        return { exchange: translated, request };
      }
      const failure =
        isRefused && refusedWhen !== undefined
          ? await this.failure.fromRefusal(exchange, request)
          : await this.failure.from(exchange, request, dialect);
      if (!isRefused) throw failure;
      record.endAttempt(failure);
      if (why === 'renewal') {
        await cancellation.race(access.refusedAgain());
        throw failure;
      }
      if (!(await cancellation.race(access.renew(call.trace)))) throw failure;
    }
  }
}
