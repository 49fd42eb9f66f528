import { type GatewayConfig } from '../../config/gateway.config.js';
import { type ModelConfig } from '../../config/model.config.js';
import { SANDBOX_KEY, SANDBOX_PASSWORD, SANDBOX_USER } from '../../sandbox/login.js';
import { SANDBOX_SCHEME, isOnSandbox } from './sandbox-addresses.js';

/** The fields of a model that may contain its credential, whatever its type. */
interface Credentials {
  readonly api_key?: string;
  readonly token?: string;
  readonly auth_url?: string;
  readonly username?: string;
  readonly password?: string;
  readonly login?: object;
}

/** The credentials of the built-in sandbox, as settings of a model. */
export const SANDBOX_CREDENTIALS = `api_key "${SANDBOX_KEY}", or username "${SANDBOX_USER}" and password "${SANDBOX_PASSWORD}"`;

/** The names of enabled models that use the built-in sandbox. */
export function modelsOnSandbox({ models }: GatewayConfig): string[] {
  return models.filter((model) => model.enabled && isOnSandbox(model)).map(({ name }) => name);
}

/**
 * Describes what the built-in sandbox will refuse: one line for each enabled model or deployment
 * whose credential is certainly wrong. A login with its own settings may send anything, so it is
 * not judged.
 */
export function refusedBySandbox(models: readonly ModelConfig[]): string[] {
  return models
    .filter(({ enabled }) => enabled)
    .flatMap((model) => [
      ...(model.deployments.length === 0 ? refusal(`"${model.name}"`, model) : []),
      ...model.deployments.flatMap(({ name, config }) =>
        refusal(`the deployment "${name}" of "${model.name}"`, config),
      ),
    ]);
}

function refusal(name: string, service: ModelConfig): string[] {
  const expected = expectedBySandbox(service);
  return expected === undefined
    ? []
    : [`the built-in sandbox will refuse the calls of ${name}, expected ${expected}`];
}

/**
 * The setting that a service on the sandbox lacks; undefined if it lacks none or is not on the
 * sandbox.
 */
function expectedBySandbox(service: ModelConfig): string | undefined {
  const { api_key: key, token, auth_url: loginUrl, username, password, login } = service as Credentials;
  if (!service.base_url.startsWith(SANDBOX_SCHEME) || service.googleAuth !== undefined) return undefined;
  if (service.logsIn) {
    const isKnown = username === SANDBOX_USER && password === SANDBOX_PASSWORD;
    if (login !== undefined || isKnown || loginUrl?.startsWith(SANDBOX_SCHEME) !== true) return undefined;
    return `username: "${SANDBOX_USER}" and password: "${SANDBOX_PASSWORD}"`;
  }
  const isSent = [key, token, ...Object.values(service.headers)].some((value) =>
    value?.includes(SANDBOX_KEY),
  );
  if (isSent || login !== undefined) return undefined;
  return `${token === undefined ? 'api_key' : 'token'}: "${SANDBOX_KEY}"`;
}
