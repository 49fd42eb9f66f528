import { type Access } from '../../credentials/credential.js';
import {
  CredentialedCall,
  type Sendable,
  type SendingServices,
} from '../../credentials/credentialed-call.js';
import { type Cancellation } from '../../calls/cancellation.js';
import { MODELS_PATH } from '../../protocol/operation.js';
import { type UpstreamExchange } from '../../upstream/upstream-exchange.js';
import { type Deployment } from './deployment.js';

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Reads the list of models of a deployment's service with the credential of the model, which is
 * renewed once if possible.
 * @throws GatewayError
 */
export async function listModels(
  services: SendingServices,
  deployment: Deployment,
  cancellation: Cancellation,
): Promise<Buffer> {
  const exchange = await new ModelList(services, deployment, cancellation).open();
  return exchange.readAll(MAX_ANSWER_BYTES);
}

class ModelList extends CredentialedCall<Sendable, UpstreamExchange> {
  constructor(
    services: SendingServices,
    private readonly deployment: Deployment,
    private readonly cancellation: Cancellation,
  ) {
    super(services, deployment.upstream.credential, deployment.config, {}, '');
  }

  open(): Promise<UpstreamExchange> {
    return this.run();
  }

  protected async prepare(access: Access): Promise<Sendable> {
    const { config, upstream } = this.deployment;
    const [dialect] = upstream.dialects;
    const { 'content-type': _none, ...headers } = fixedHeaders(config);
    const request = await access.attach({
      method: 'GET',
      url: upstream.address(dialect?.modelsPath ?? MODELS_PATH),
      headers: { ...dialect?.headers, ...headers, accept: 'application/json' },
      body: NOTHING,
      model: config.name,
      credential: undefined,
    });
    return { request, isStream: false };
  }

  protected override sent(exchange: UpstreamExchange): void {
    this.cancellation.attach(exchange);
  }

  protected result(exchange: UpstreamExchange): UpstreamExchange {
    return exchange;
  }

  protected override race<Result>(work: Promise<Result>): Promise<Result> {
    return this.cancellation.race(work);
  }
}

/** The model's `headers`, lower-case names. */
export function fixedHeaders({ headers }: Deployment['config']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
