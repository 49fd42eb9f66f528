import { GatewayError } from './gateway-error.js';
import { shown } from './shown-text.js';

const TYPE = 'rate_limit_error';

/** The limit that refused a call. */
export interface LimitRefusal {
  readonly holder: 'key' | 'team';
  /** The name of the key or the team. */
  readonly name: string;
  readonly limit: number;
  readonly asked: number;
}

/** 429: a limit of the client's key or team on requests, tokens or concurrent calls. */
export class RateLimitExceededError extends GatewayError {
  /**
   * @param retryAfterMs time until the same call is admitted, if no others come; undefined: never,
   * because it exceeds the limit by itself
   */
  constructor(
    what: 'requests' | 'tokens' | 'concurrency',
    refusal: LimitRefusal,
    retryAfterMs: number | undefined,
  ) {
    super(rateMessage(what, refusal, retryAfterMs), {
      status: 429,
      type: TYPE,
      code: 'rate_limit_exceeded',
      isRetryable: retryAfterMs !== undefined,
      headers: retryAfterMs === undefined ? {} : retryHeaders(retryAfterMs),
    });
  }
}

/** 429: the budget of the client's key or team; money in US dollars. */
export class BudgetExceededError extends GatewayError {
  constructor(
    refusal: LimitRefusal,
    budget: {
      /** The period, such as `month`. */
      readonly per: string;
      /** Undefined: the budget is not renewed. */
      readonly renewedAt: Date | undefined;
      /** Nothing is left, not even for a free call. */
      readonly isUsedUp: boolean;
      /** The rest would suffice, but running calls have reserved it. */
      readonly isReserved: boolean;
    },
  ) {
    super(budgetMessage(refusal, budget), {
      status: 429,
      type: TYPE,
      code: 'budget_exceeded',
      isRetryable: false,
    });
  }
}

function rateMessage(
  what: 'requests' | 'tokens' | 'concurrency',
  { holder, name, limit, asked }: LimitRefusal,
  retryAfterMs: number | undefined,
): string {
  const whose = `The ${holder} '${shown(name)}'`;
  if (retryAfterMs === undefined)
    return `${whose} may use ${limit} tokens per minute, and this call alone may use ${asked}. Shorten it, or limit its new tokens.`;
  const seconds = secondsOf(retryAfterMs);
  const retry = `Please retry in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
  const plural = limit === 1 ? '' : 's';
  switch (what) {
    case 'requests':
      return `${whose} may make ${limit} request${plural} per minute. ${retry}`;
    case 'tokens':
      return `${whose} may use ${limit} tokens per minute, and this call may use ${asked}, which are not left now. ${retry}`;
    case 'concurrency':
      return `${whose} may have ${limit} call${plural} running at the same time. ${retry}`;
  }
}

function budgetMessage(
  { holder, name, limit, asked }: LimitRefusal,
  {
    per,
    renewedAt,
    isUsedUp,
    isReserved,
  }: { per: string; renewedAt: Date | undefined; isUsedUp: boolean; isReserved: boolean },
): string {
  const size = `${dollars(limit)} ${per === 'total' ? 'in total' : `per ${per}`}`;
  const why = isUsedUp
    ? `nothing of it is left`
    : isReserved
      ? `the rest is reserved by calls that are running`
      : `not enough is left for this call, which may cost ${dollars(asked)}`;
  const when =
    renewedAt === undefined ? 'It is not renewed.' : `It is renewed at ${renewedAt.toISOString()}.`;
  return `The ${holder} '${shown(name)}' has a budget of ${size}; ${why}. ${when}`;
}

function dollars(usd: number): string {
  return `${Number(usd.toPrecision(6))} USD`;
}

function retryHeaders(retryAfterMs: number): Record<string, string> {
  return {
    'retry-after': String(secondsOf(retryAfterMs)),
    'retry-after-ms': String(Math.max(1, Math.ceil(retryAfterMs))),
    'x-should-retry': 'true',
  };
}

function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
