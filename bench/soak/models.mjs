/** The gateway's configuration for a soak run, and what its clients need to know about it. */

export const GATEWAY_KEY = 'sk-soak-caller-key';
export const UPSTREAM_KEY = 'soak-upstream-key';
export const UPSTREAM_USER = { username: 'soak', password: 'soak-password' };

/** The models that clients may call; `weight`: how often, compared with the others. */
export const CALLED_MODELS = [
  { name: 'soak-openai', weight: 4 },
  { name: 'soak-login', weight: 4 },
  { name: 'soak-pair', weight: 4 },
  { name: 'soak-fallback', weight: 3 },
  { name: 'soak-finish', weight: 1 },
  { name: 'soak-big', weight: 1 },
];

/** Upstream model with long responses. */
export const BIG_MODEL = 'big-upstream';

/**
 * @param {string} upstream address of the sandbox
 * @param {number} round of the configuration: each differs a little from the one before
 */
export function gatewayConfig(upstream, round = 0) {
  const openai = { base_url: `${upstream}/v1`, api_key: UPSTREAM_KEY };
  return {
    server: { host: '127.0.0.1', sse_keepalive_seconds: 1 },
    auth: { api_keys: [{ name: 'soak', key: GATEWAY_KEY }] },
    // Short, so that a service that falls silent is noticed many times within a short run.
    timeouts: { connect_seconds: 1, first_byte_seconds: 1.5, idle_seconds: 1.5, total_seconds: 6 },
    logging: { format: 'json', level: 'info' },
    models: {
      openai: [
        { name: 'soak-openai', model_name: 'openai-upstream', max_tokens: 4096 + round, ...openai },
        {
          name: 'soak-pair',
          strategy: 'least_busy',
          api_key: UPSTREAM_KEY,
          deployments: [{ base_url: `${upstream}/east/v1` }, { base_url: `${upstream}/west/v1`, weight: 2 }],
        },
        {
          name: 'soak-fallback',
          ...openai,
          retry: { max_retries: 0 },
          fallbacks: ['soak-login', 'soak-openai'],
        },
        { name: 'soak-finish', ...openai, on_client_disconnect: 'finish' },
        {
          name: 'soak-big',
          model_name: BIG_MODEL,
          ...openai,
          limits: { max_concurrent: 3, max_queue_seconds: 5 },
        },
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
