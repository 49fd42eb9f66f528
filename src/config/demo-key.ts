/** The key of the default configuration and of the clients on loopback addresses: public, so never a real one. */
export const DEMO_KEY = 'sk-llm-gateway-demo';

/** Keys that are published in this repository: everybody knows them. */
export const PUBLISHED_KEYS: readonly string[] = [DEMO_KEY, 'sk-replace-this-key', 'sk-house-demo-key'];
