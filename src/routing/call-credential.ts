import { type ModelConfig } from '../config/model.config.js';
import { type Access } from '../credentials/credential.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { type ChatCall, type Upstream } from '../providers/llm-provider.js';
import { type AnswerDialect, type FurtherCalls } from '../dialects/answer-dialect.js';
import { type UpstreamExchange } from '../upstream/upstream-exchange.js';
import { type UpstreamFailure } from '../upstream/failure/upstream-failure.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';
import { isCredentialRefused } from './credential-check.js';

/** The credential of one call, while its dialect makes further calls with it: judged and renewed as for the first. */
export class CallCredential implements FurtherCalls {
  constructor(
    private readonly upstream: Upstream,
    private access: Access,
    private readonly config: ModelConfig,
    private readonly call: ChatCall,
    private readonly failure: UpstreamFailure,
  ) {}

  async refusal(
    exchange: UpstreamExchange,
    request: UpstreamRequest,
    dialect: AnswerDialect,
  ): Promise<GatewayError | undefined> {
    const { refusedWhen } = this.upstream.credential;
    if (refusedWhen === undefined) {
      return exchange.status === 401 ? this.failure.from(exchange, request, dialect) : undefined;
    }
    const { limits } = this.config;
    const { owner } = this.call.request;
    const isRefused = await isCredentialRefused(exchange, refusedWhen, false, limits.answer, owner);
    return isRefused ? this.failure.fromRefusal(exchange, request) : undefined;
  }

  async renew(): Promise<UpstreamRequest | undefined> {
    const { upstream, call } = this;
    if (!(await this.access.renew(call.trace))) return undefined;
    this.access = await upstream.credential.obtain(call);
    const prepared = await upstream.prepare(call, this.access);
    return prepared.base ?? prepared;
  }

  refusedAgain(): Promise<void> {
    return this.access.refusedAgain();
  }

  worked(): void {
    this.access.worked();
  }
}
