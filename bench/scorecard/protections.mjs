import { GATEWAY_KEY, UPSTREAM_KEY, UPSTREAM_USER } from '../soak/models.mjs';

/** How many calls fail before the one that counts, so that a breaker has seen enough. */
export const BREAKER_CALLS = 3;
/** Short timeouts, since the scorecard waits for each of them many times. */
export const TIMEOUTS = {
  connect_seconds: 0.5,
  first_byte_seconds: 0.6,
  idle_seconds: 0.6,
  total_seconds: 1.5,
};

const NOTHING = { retry: { max_retries: 0 }, commit_wait_seconds: 0, breaker: { enabled: false } };
const ONE_RETRY = { retry: { max_retries: 1, backoff_seconds: 0.05 } };
/** Calls normally go to the bad one; the good one takes over when it fails. */
const pair = ({ bad, good }) => ({
  deployments: [
    { name: 'bad', base_url: bad },
    { name: 'good', base_url: good, weight: 0 },
  ],
});

/**
 * The protections between a fault and the client, one at a time.
 * @type {readonly { name: string, title: string, isOnce?: boolean, streamsOnly?: boolean,
 *   settings: (addresses: { bad: string, good: string }, fallback: string) => object }[]}
 * `isOnce`: the fault affects one call; otherwise every call to the bad service
 */
export const PROTECTIONS = [
  { name: 'none', title: 'none', isOnce: true, settings: () => NOTHING },
  { name: 'retry', title: 'retry', isOnce: true, settings: () => ({ ...NOTHING, ...ONE_RETRY }) },
  {
    name: 'deployment',
    title: 'second deployment',
    settings: (addresses) => ({ ...NOTHING, ...ONE_RETRY, ...pair(addresses) }),
  },
  {
    name: 'fallback',
    title: 'fallback model',
    settings: (_addresses, fallback) => ({
      ...NOTHING,
      fallbacks: [{ model: fallback, on: ['unreachable', 'timeout', '429', '5xx', 'context_length'] }],
    }),
  },
  {
    name: 'commit',
    title: 'second deployment, commit point',
    streamsOnly: true,
    settings: (addresses) => ({ ...NOTHING, ...ONE_RETRY, ...pair(addresses), commit_wait_seconds: 0.4 }),
  },
  {
    name: 'breaker',
    title: 'breaker',
    settings: () => ({
      ...NOTHING,
      breaker: { min_requests: BREAKER_CALLS, failure_percent: 50, open_seconds: 60 },
    }),
  },
];

/** A model for each fault and protection, with an upstream name of its own, so that faults find it. */
export const modelOf = (row, protection) => `${row.name}-${protection.name}`;

/** @param {readonly import('./rows.mjs').Row[]} rows @param {{ bad: string, good: string, dead: string }} addresses */
export function scorecardConfig(rows, addresses) {
  const good = `${addresses.good}/v1`;
  const models = {
    openai: [{ name: 'good', base_url: good, api_key: UPSTREAM_KEY, ...NOTHING }],
    request: [],
  };
  for (const row of rows) {
    const bad = `${row.isDead ? addresses.dead : addresses.bad}/v1`;
    for (const protection of PROTECTIONS) {
      const settings = protection.settings({ bad, good }, 'good');
      const entry = { name: modelOf(row, protection), ...settings };
      // With deployments, each has its own address.
      if (settings.deployments === undefined) entry.base_url = bad;
      if (row.hasLogin) {
        models.request.push({ ...entry, auth_url: `${addresses.bad}/login`, ...UPSTREAM_USER });
      } else models.openai.push({ ...entry, api_key: UPSTREAM_KEY });
    }
  }
  return {
    server: { host: '127.0.0.1' },
    auth: { api_keys: [GATEWAY_KEY] },
    timeouts: TIMEOUTS,
    // Unlimited: the budget protects upstreams, which is not the subject here.
    retry: { budget_percent: 100 },
    logging: { format: 'json' },
    models,
  };
}
