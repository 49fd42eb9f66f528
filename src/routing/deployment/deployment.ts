import { createHash } from 'node:crypto';
import { linearPattern } from '../../config/rules/linear-pattern.js';
import { type ModelConfig } from '../../config/model.config.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type Upstream } from '../../providers/llm-provider.js';
import { type Candidate } from '../choice/balancer.js';
import { type Passage } from '../breaker/deployment-breaker.js';
import { DeploymentState } from './deployment-state.js';
import { type AttemptFailure } from '../retry/failure-cause.js';

/** Keys of a deployment that do not describe the upstream. */
const NOT_ITS_OWN: ReadonlySet<string> = new Set(['deployments', 'fallbacks', 'strategy', 'retry', 'price']);

/** After a refusal that names no pause, other deployments are preferred for this long. */
const REFUSAL_REST_MS = 1000;

/** One upstream behind a model: a complete configuration, and what its provider has bound to it. */
export class Deployment implements Candidate {
  /** Equal for equal settings, even after a reload; identifies the state of the deployment. */
  readonly key: string;
  readonly state: DeploymentState;
  /** Host and port of its service, as the log shows them. */
  readonly host: string;
  /** The model's own `context_length_pattern`. */
  readonly saysContextLength: ((words: string) => boolean) | undefined;

  /** @param stateOf finds the state for a key */
  constructor(
    readonly model: string,
    /** Unique within its model. */
    readonly name: string,
    /** Its share of the calls; 0 = used only if no other deployment can take a call. */
    readonly weight: number,
    readonly config: ModelConfig,
    readonly upstream: Upstream,
    stateOf: (key: string) => DeploymentState | undefined = () => undefined,
  ) {
    const identity = JSON.stringify([model, name, config], (key, value: unknown) =>
      NOT_ITS_OWN.has(key) ? undefined : value,
    );
    this.host = URL.canParse(config.base_url) ? new URL(config.base_url).host : '';
    this.key = createHash('sha256').update(identity).digest('base64url');
    const { context_length_pattern: pattern } = config;
    this.saysContextLength = pattern === undefined ? undefined : linearPattern(pattern);
    this.state = stateOf(this.key) ?? new DeploymentState(model, name, config.breaker);
  }

  get outstanding(): number {
    return this.state.outstanding;
  }

  get credit(): number {
    return this.state.credit;
  }

  set credit(credit: number) {
    this.state.credit = credit;
  }

  /** @param hadSucceeded whether the response had begun successfully */
  failed(
    client: string | undefined,
    passage: Passage,
    error: GatewayError,
    failure: AttemptFailure,
    hadSucceeded = false,
  ): void {
    const { state } = this;
    const { breaker } = state;
    if (!failure.isLocal) {
      if (!hadSucceeded) breaker.inconclusive(client, passage);
      return;
    }
    const now = performance.now();
    const { retryAfterMs = failure.isRefusal === true ? REFUSAL_REST_MS : 0 } = failure;
    const { logCode } = error;
    state.failed(now, error, hadSucceeded);
    state.restsUntil = now + retryAfterMs;
    const details = { client, isProvokable: failure.isProvokable };
    if (hadSucceeded) breaker.relapsed(now, logCode, details);
    else if (retryAfterMs > Math.max(this.config.retry.max_retry_after_seconds * 1000, REFUSAL_REST_MS)) {
      breaker.failed(now, passage, logCode, { ...details, pauseMs: retryAfterMs });
    } else if (failure.isRefusal === true) breaker.inconclusive(client, passage);
    else breaker.failed(now, passage, logCode, details);
  }
}
