import { GATEWAY_KEY, UPSTREAM_KEY, UPSTREAM_USER } from '../soak/models.mjs';

/** Calls that fail before the one whose outcome counts, so that a breaker has seen enough. */
export const BREAKER_CALLS = 3;
/** Clocks: short, since the scorecard waits for each of them many times. */
export const TIMEOUTS = {
  connect_seconds: 0.5,
  first_byte_seconds: 0.6,
  idle_seconds: 0.6,
  total_seconds: 1.5,
};

const NOTHING = { retry: { max_retries: 0 }, commit_wait_seconds: 0, breaker: { enabled: false } };
const ONE_RETRY = { retry: { max_retries: 1, backoff_seconds: 0.05 } };
/** Regular calls go to the bad one; the good one is there for when it fails. */
const pair = ({ bad, good }) => ({
  deployments: [
    { name: 'bad', base_url: bad },
    { name: 'good', base_url: good, weight: 0 },
  ],
});

/**
 * What stands between a fault and the caller, one at a time.
 * @type {readonly { name: string, title: string, isOnce?: boolean, streamsOnly?: boolean,
 *   settings: (addresses: { bad: string, good: string }, fallback: string) => object }[]}
 * `isOnce`: the fault befalls one call; else every call to the bad service
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

/** A model for each fault and protection; its upstream name is its own, too, so that faults find it. */
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
      // A deployment's address stands at the deployment.
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
    // All at once: the budget is there so that no single upstream is hammered, which is not what is asked here.
    retry: { budget_percent: 100 },
    logging: { format: 'json' },
    models,
  };
}
