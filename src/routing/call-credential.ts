import { type ModelConfig } from '../config/model.config.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { type ChatCall, type LlmProvider } from '../providers/llm-provider.js';
import { type AnswerDialect, type FurtherCalls } from '../dialects/answer-dialect.js';
import { type UpstreamExchange } from '../upstream/upstream-exchange.js';
import { type UpstreamFailure } from '../upstream/failure/upstream-failure.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';
import { isCredentialRefused } from './credential-check.js';

/** The credential of one call, while its dialect makes further calls with it: judged and renewed as for the first. */
export class CallCredential implements FurtherCalls {
  constructor(
    private readonly provider: LlmProvider,
    private readonly config: ModelConfig,
    private readonly call: ChatCall,
    private readonly failure: UpstreamFailure,
  ) {}

  async refusal(
    exchange: UpstreamExchange,
    request: UpstreamRequest,
    dialect: AnswerDialect,
  ): Promise<GatewayError | undefined> {
    const refusal = this.provider.refusal?.(this.config);
    if (refusal === undefined) {
      return exchange.status === 401 ? this.failure.from(exchange, request, dialect) : undefined;
    }
    const { limits } = this.config;
    const { owner } = this.call.request;
    const isRefused = await isCredentialRefused(exchange, refusal, false, limits.answer, owner);
    return isRefused ? this.failure.fromRefusal(exchange, request) : undefined;
  }

  async renew(refused: UpstreamRequest): Promise<UpstreamRequest | undefined> {
    const { provider, config, call } = this;
    if ((await provider.renewCredential?.(refused, config, call.trace)) !== true) return undefined;
    const prepared = await provider.prepare(call, config);
    return prepared.base ?? prepared;
  }

  async refusedAgain(request: UpstreamRequest): Promise<void> {
    await this.provider.credentialRefusedAgain?.(request, this.config);
  }

  worked(request: UpstreamRequest): void {
    this.provider.credentialWorked?.(request, this.config);
  }
}
