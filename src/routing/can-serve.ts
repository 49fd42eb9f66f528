import { type ClientRequest } from '../dialects/ports/dialect.js';
import { type WireFormat } from '../dialects/ports/wire-format.js';
import { type UpstreamDialect } from '../dialects/ports/upstream-dialect.js';
import { OperationNotSupportedError } from '../errors/caller-errors.js';
import { type Operation } from '../protocol/operation.js';
import { type Model } from './model.js';
import { type Upstream } from '../providers/llm-provider.js';
import { type Deployment } from './deployment/deployment.js';

type Speaking = Pick<Upstream, 'dialects'>;
type Asking = Pick<ClientRequest, 'dialect'>;

/** Whether a service can serve a request: in its own wire format, or translated. */
function canServe(upstream: Speaking, request: Asking): boolean {
  return upstream.dialects.includes(request.dialect) || translatorOf(upstream, request) !== undefined;
}

/** Whether one of a model's services can serve a request. */
export function canServeSomewhere(
  { deployments }: { readonly deployments: readonly { readonly upstream: Speaking }[] },
  request: Asking,
): boolean {
  return deployments.some(({ upstream }) => canServe(upstream, request));
}

/** Whether one of a model's services supports an operation, in any format. */
export function canDo(
  { deployments }: { readonly deployments: readonly { readonly upstream: Speaking }[] },
  operation: Operation,
): boolean {
  return deployments.some(({ upstream }) =>
    upstream.dialects.some((spoken) => spoken.operation === operation),
  );
}

/** The wire format to which a request is translated if the service does not support its own. */
export function translatorOf({ dialects }: Speaking, { dialect }: Asking): UpstreamDialect | undefined {
  return dialects.find((spoken) => spoken.operation === dialect.operation && isTranslated(spoken)) as
    UpstreamDialect | undefined;
}

function isTranslated(dialect: WireFormat): boolean {
  return 'reader' in dialect;
}

/** @param upstreams the upstreams of the model */
export function notSupported(
  model: string,
  { dialect }: ClientRequest,
  upstreams: readonly Speaking[],
): OperationNotSupportedError {
  const spoken = new Set(
    upstreams.flatMap(({ dialects }) => dialects.map(({ operation }) => operation.name)),
  );
  return new OperationNotSupportedError(model, dialect.operation.name, [...spoken]);
}

/** The deployments of a model that cannot serve a request. */
export function unable({ deployments }: Model, request: ClientRequest): Deployment[] {
  return deployments.some(({ upstream }) => !canServe(upstream, request))
    ? deployments.filter(({ upstream }) => !canServe(upstream, request))
    : [];
}

/** Whether another model may take over a request, and one of its services can serve it. */
export function canFallBack(model: Model, request: ClientRequest): boolean {
  const { isTiedToModel = false } = request.dialect.operation;
  return !isTiedToModel && canServeSomewhere(model, request);
}
