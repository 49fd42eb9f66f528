import { type GatewayConfig } from '../../config/gateway.config.js';
import { type Sandbox } from '../../sandbox/sandbox.js';
import { type ModelConfig, upstreamsOf } from '../../config/model.config.js';
import { copyOf, withBlocks } from '../../config/loading/with-blocks.js';

export const SANDBOX_SCHEME = 'sandbox:';
const ADDRESS_FIELDS = ['base_url', 'auth_url'] as const;

interface LoginStep {
  readonly url?: string;
}
interface LoginBlock extends LoginStep {
  readonly steps?: readonly LoginStep[];
}
type WithLogin = ModelConfig & { readonly login?: LoginBlock };

/** Whether a model, or one of its deployments, uses the sandbox. */
export function isOnSandbox(model: ModelConfig): boolean {
  return upstreamsOf(model).some(isServiceOnSandbox);
}

function isServiceOnSandbox(model: ModelConfig): boolean {
  return (
    ADDRESS_FIELDS.some((field) => addressOf(model, field)?.startsWith(SANDBOX_SCHEME)) ||
    stepsOf(model).some(({ url }) => url?.startsWith(SANDBOX_SCHEME))
  );
}

/** Replaces `sandbox:` addresses with the address of a running sandbox. */
export class SandboxAddresses {
  #sandbox: Sandbox | undefined;
  /** Maps an unchanged model to the same object on each reload. */
  readonly #served = new WeakMap<ModelConfig, ModelConfig>();

  /**
   * Starts a sandbox on a free loopback port if an enabled model's address begins with `sandbox:`
   * and none is running.
   * @returns the configuration with real addresses
   */
  async serve(config: GatewayConfig): Promise<GatewayConfig> {
    if (!config.models.some((model) => model.enabled && isOnSandbox(model))) return config;
    if (this.#sandbox === undefined) {
      const { Sandbox } = await import('../../sandbox/sandbox.js');
      this.#sandbox = await Sandbox.start();
    }
    const { url } = this.#sandbox;
    const models = config.models.map((model) => (isOnSandbox(model) ? this.#serve(model, url) : model));
    return withBlocks(config, { models });
  }

  /** Stops the sandbox, if one was started. */
  async close(): Promise<void> {
    await this.#sandbox?.close();
  }

  #serve(model: ModelConfig, url: string): ModelConfig {
    let served = this.#served.get(model);
    if (served === undefined) {
      served = withAddress(model, url);
      this.#served.set(model, served);
    }
    return served;
  }
}

function withAddress(model: ModelConfig, url: string): ModelConfig {
  const copy = copyOf(model);
  for (const field of ADDRESS_FIELDS) {
    const address = addressOf(model, field);
    if (address?.startsWith(SANDBOX_SCHEME)) {
      (copy as unknown as Record<string, unknown>)[field] = realAddress(address, url);
    }
  }
  const { login } = copy as WithLogin;
  if (login !== undefined) {
    (copy as { login?: LoginBlock }).login = {
      ...withStepAddress(login, url),
      ...(login.steps && { steps: login.steps.map((step) => withStepAddress(step, url)) }),
    };
  }
  copy.deployments = Object.freeze(
    model.deployments.map((deployment) => ({
      ...deployment,
      config: isServiceOnSandbox(deployment.config) ? withAddress(deployment.config, url) : deployment.config,
    })),
  );
  return Object.freeze(copy);
}

function withStepAddress<Step extends LoginStep>(step: Step, url: string): Step {
  return step.url?.startsWith(SANDBOX_SCHEME) === true ? { ...step, url: realAddress(step.url, url) } : step;
}

/** `sandbox:/v1`, `sandbox:v1` and `sandbox://v1` are equivalent. */
function realAddress(address: string, url: string): string {
  return `${url}${address.slice(SANDBOX_SCHEME.length).replace(/^\/*/, '/')}`;
}

/** The steps of a model's login, which may have their own addresses. */
function stepsOf(model: ModelConfig): readonly LoginStep[] {
  const { login } = model as WithLogin;
  return login === undefined ? [] : [login, ...(login.steps ?? [])];
}

/** Only some types have `auth_url`. */
function addressOf(model: ModelConfig, field: (typeof ADDRESS_FIELDS)[number]): string | undefined {
  const address = (model as unknown as Record<string, unknown>)[field];
  return typeof address === 'string' ? address : undefined;
}
