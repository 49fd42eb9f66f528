import { type Access } from '../../credentials/credential.js';
import {
  CredentialedCall,
  type Sendable,
  type SendingServices,
} from '../../credentials/credentialed-call.js';
import { type FurtherRequests } from '../../dialects/ports/prepared-call.js';
import { type ModelCall } from '../../providers/llm-provider.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type UpstreamExchange } from '../../upstream/upstream-exchange.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type Deployment } from './deployment.js';

type Say = Parameters<FurtherRequests['send']>[0];

/** Further requests of one call, one after another, each with the access of the previous one. */
export class FurtherCredentialedRequests
  extends CredentialedCall<Sendable, UpstreamRequest>
  implements FurtherRequests
{
  #say!: Say;
  #onSent!: (answer: AnswerSource) => void;

  /** @param dress adds the headers that the gateway sets in each request of the call */
  constructor(
    services: SendingServices,
    private readonly deployment: Deployment,
    private readonly call: ModelCall,
    protected override access: Access | undefined,
    private readonly errors: Sendable['errors'],
    private readonly dress: (request: UpstreamRequest) => UpstreamRequest,
  ) {
    super(services, deployment.upstream.credential, deployment.config, call, call.request.owner);
  }

  send(say: Say, onSent: (answer: AnswerSource) => void): Promise<UpstreamRequest> {
    this.#say = say;
    this.#onSent = onSent;
    return this.run();
  }

  protected async prepare(access: Access): Promise<Sendable> {
    const bare = await this.deployment.upstream.bare(this.call, access);
    return { request: await this.#say(this.dress(bare), access.kept), isStream: false, errors: this.errors };
  }

  protected result(_exchange: UpstreamExchange, { request }: Sendable): UpstreamRequest {
    return request;
  }

  protected override sent(exchange: UpstreamExchange): void {
    this.#onSent(exchange);
  }
}
