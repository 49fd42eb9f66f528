import { KEYS } from './attacker.mjs';

const request = (name, url, more) => ({ name, base_url: url, token: 'abuse-upstream-key', ...more });

/** One model for each way in which a service, or its mapping, can do harm. */
export function gatewayConfig(url, { server, limits }) {
  const response = { text: 'text' };
  return {
    server,
    limits,
    auth: { api_keys: Object.entries(KEYS).map(([name, key]) => ({ name, key })) },
    logging: { format: 'json' },
    models: {
      openai: [
        { name: 'm', base_url: `${url}/plain` },
        {
          name: 'silent',
          base_url: `${url}/silent`,
          limits: { max_concurrent: 2, max_queued: 1000, max_queue_seconds: 60 },
        },
        { name: 'failing', base_url: `${url}/failing`, retry: { max_retries: 5, backoff_seconds: 1 } },
        { name: 'bytes', base_url: `${url}/bytes` },
        { name: 'large', base_url: `${url}/large` },
        { name: 'endless', base_url: `${url}/endless` },
        { name: 'objects', base_url: `${url}/objects` },
        { name: 'gathered', base_url: `${url}/gathered` },
        { name: 'bomb', base_url: `${url}/bomb` },
        { name: 'event', base_url: `${url}/event` },
        { name: 'error', base_url: `${url}/error`, retry: { max_retries: 0 } },
      ],
      request: [
        request('mapped', `${url}/words`, {
          request: { body: '{ "said": messages.{ "text": content }, "all": $ }' },
          response,
        }),
        request('regex', `${url}/words`, {
          request: { body: '{ "said": $replace(messages[0].content, /\\s+$/, "") }' },
          response,
        }),
        request('pad', `${url}/words`, {
          request: { body: '{ "said": $pad(messages[0].content, 200000000) }' },
          response,
        }),
        request('job', `${url}/job`, {
          request: { path: '/jobs', body: '{ "said": messages[0].content }' },
          poll: {
            path: '/jobs/{id}',
            query: { user: '$request.user' },
            done: 'state = "done"',
            interval_seconds: 0.2,
          },
          response,
        }),
        request('looking', `${url}/job`, {
          request: { path: '/jobs', body: '{ "said": messages[0].content }' },
          poll: {
            path: '/jobs/{id}',
            query: { count: '$count($request.x)' },
            done: 'state = "done"',
            interval_seconds: 0.2,
          },
          response,
        }),
      ],
    },
  };
}
