import { type Explanation, NOT_SERVED } from './explanation.js';

const LABEL_WIDTH = 14;

type Route = Explanation['routes'][number];

/** Renders an explanation for people. */
export function explanationText(found: Explanation): string {
  const { model, type, deployments, routes, retry, limits, fallbacks } = found;
  const isOne = deployments.length === 1;
  const lines = [
    `${model} (type ${type})${found.strategy === undefined ? '' : `, ${deployments.length} deployments, ${found.strategy}`}`,
    ...deployments.flatMap((each) => [
      '',
      ...(isOne ? [] : [`Deployment ${each.deployment}: weight ${each.weight}, ${shareOf(each)}`]),
      row('address', each.url ?? each.base_url),
      row('model', `${each.model_name}${each.max_tokens === null ? '' : `, max_tokens ${each.max_tokens}`}`),
      row('speaks', `${each.speaks.join(', ')}${each.mapped === true ? ', by a mapping' : ''}`),
      row('credential', each.credential),
      row('proxy', each.proxy ?? 'none'),
      row('time limits', secondsOf(each.timeouts)),
      row('breaker', breakerOf(each.breaker)),
      row('price', each.price ?? 'unknown'),
    ]),
    '',
    'Routes:',
    ...routes.filter(isServed).map((route) => `  ${route.route.padEnd(28)}${wordsOf(route)}`),
    ...(routes.every(isServed)
      ? []
      : [
          `  ${NOT_SERVED}: ${routes
            .filter((route) => !isServed(route))
            .map((route) => route.route)
            .join(', ')}`,
        ]),
    '',
    row('retries', retryOf(retry)),
    row(
      'limits',
      `${limits.max_concurrent === 0 ? 'any number of' : `at most ${limits.max_concurrent}`} concurrent calls${limits.max_concurrent === 0 ? '' : `, ${limits.max_queued} waiting for at most ${limits.max_queue_seconds} s`}`,
    ),
    row(
      'fallbacks',
      fallbacks.map(({ model: name, on }) => `${name} (on ${on.join(', ')})`).join('; ') || 'none',
    ),
    ...keyLines(found.key),
  ];
  return `${lines.join('\n')}\n`;
}

function keyLines(key: Explanation['key']): string[] {
  if (key === undefined) return [];
  const why = key.reasons.length === 0 ? '' : `: ${key.reasons.join('; ')}`;
  const lines = ['', `Key ${key.name}: ${key.may_use ? 'may use it' : 'may not use it'}${why}`];
  if (!('team' in key)) return lines;
  return [
    ...lines,
    row('team', key.team ?? 'none'),
    row('expires', key.expires_at ?? 'never'),
    row('limits', limitsOf(key.limits)),
    ...(key.team === null ? [] : [row('team limits', limitsOf(key.team_limits))]),
  ];
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`;
}

function shareOf({ weight, share_percent: share }: Explanation['deployments'][number]): string {
  return weight === 0 ? 'only when no other can take the call' : `about ${share} % of the calls`;
}

function isServed({ reached }: Route): boolean {
  return reached.some(({ how }) => how !== NOT_SERVED);
}

function wordsOf({ reached }: Route): string {
  const [first] = reached;
  if (reached.every(({ how }) => how === first?.how)) return first?.how ?? '';
  return reached.map(({ deployment, how }) => `${deployment}: ${how}`).join('; ');
}

/** Renders settings in seconds, such as `connect 5 s`; 0 means none. */
function secondsOf(block: object): string {
  return Object.entries(block)
    .filter(([key]) => key.endsWith('_seconds'))
    .map(([key, value]) => {
      const name = key.replace(/_seconds$/, '').replaceAll('_', ' ');
      return Number(value) === 0 ? `${name} none` : `${name} ${Number(value)} s`;
    })
    .join(', ');
}

function breakerOf(breaker: Explanation['deployments'][number]['breaker']): string {
  if (!breaker.enabled) return 'off';
  const {
    failure_percent: percent,
    min_requests: least,
    window_seconds: window,
    open_seconds: open,
  } = breaker;
  return `opens for ${open} s at ${percent} % failures of at least ${least} calls in ${window} s`;
}

function retryOf(retry: Explanation['retry']): string {
  if (retry.max_retries === 0) return 'none';
  return `at most ${retry.max_retries}, over deployments and fallbacks; ${secondsOf(retry)}`;
}

function limitsOf(limits: object | null | undefined): string {
  if (limits == null) return 'none';
  return Object.entries(limits)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]: [string, unknown]) =>
      typeof value === 'object' && value !== null && 'usd' in value && 'per' in value
        ? `${key} ${String(value.usd)} USD per ${String(value.per)}`
        : `${key} ${String(value)}`,
    )
    .join(', ');
}
