/** API key of the default configuration, also used by the bundled clients on loopback addresses. Public, never a secret. */
export const DEMO_KEY = 'sk-llm-gateway-demo';

/** API keys published in this repository, which protect nothing. */
export const PUBLISHED_KEYS: readonly string[] = [DEMO_KEY, 'sk-replace-this-key', 'sk-house-demo-key'];
