/** The gateway's configuration for a soak run, and what its callers need to know of it. */

export const GATEWAY_KEY = 'sk-soak-caller-key';
export const UPSTREAM_KEY = 'soak-upstream-key';
export const UPSTREAM_USER = { username: 'soak', password: 'soak-password' };

/** What a caller may ask for; `weight`: how often, among the others. */
export const CALLED_MODELS = [
  { name: 'soak-openai', weight: 5 },
  { name: 'soak-login', weight: 4 },
  { name: 'soak-big', weight: 1 },
];

/** Upstream model of long answers. */
export const BIG_MODEL = 'big-upstream';
export const UPSTREAM_MODELS = ['openai-upstream', 'login-upstream'];

/** @param {string} upstream address of the sandbox */
export function gatewayConfig(upstream) {
  const openai = { base_url: `${upstream}/v1`, api_key: UPSTREAM_KEY };
  return {
    server: { host: '127.0.0.1', sse_keepalive_seconds: 1 },
    auth: { api_keys: [{ name: 'soak', key: GATEWAY_KEY }] },
    // Short, so that a service which falls silent is noticed many times within a short run.
    timeouts: { connect_seconds: 1, first_byte_seconds: 1.5, idle_seconds: 1.5, total_seconds: 6 },
    logging: { format: 'json', level: 'info' },
    models: {
      openai: [
        { name: 'soak-openai', model_name: 'openai-upstream', ...openai },
        { name: 'soak-big', model_name: BIG_MODEL, ...openai },
      ],
      request: [
        {
          name: 'soak-login',
          model_name: 'login-upstream',
          base_url: `${upstream}/v1`,
          auth_url: `${upstream}/login`,
          ...UPSTREAM_USER,
        },
      ],
    },
  };
}
