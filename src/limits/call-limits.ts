import { Injectable } from '@nestjs/common';
import { type CallRecord } from '../calls/call-record.js';
import { type Cancellation } from '../calls/cancellation.js';
import { inputTokensOf } from '../dialects/counting/input-tokens.js';
import { TokenCounter } from '../dialects/counting/token-counter.js';
import { ModelNotPricedError } from '../errors/access-errors.js';
import { BudgetExceededError, RateLimitExceededError } from '../errors/limit-errors.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { COUNT_TOKENS } from '../protocol/operation.js';
import { Prices } from '../prices/prices.js';
import { type CallSize, type CallWish, estimateOf, sizeOf } from './estimate-call.js';
import { type Admission, type LimitedClient, Limiter, type Refusal, type Reservation } from './limiter.js';

const NANO_PER_USD = 1e9;

/** Enforces the limits of clients. */
@Injectable()
export class CallLimits {
  constructor(
    private readonly limiter: Limiter,
    private readonly counter: TokenCounter,
    private readonly prices: Prices,
  ) {}

  /**
   * Reserves what a call may use; call `settleCall` when it ends. Do not call this for clients
   * without limits.
   * @throws RateLimitExceededError, BudgetExceededError, ModelNotPricedError, or the reason why the
   * call was cancelled meanwhile
   */
  admit(
    client: LimitedClient,
    wish: CallWish,
    record: CallRecord,
    cancellation: Cancellation,
  ): Reservation | Promise<Reservation> {
    record.model = wish.model.name;
    record.modelType = wish.model.config.type;
    const size = sizeOf(wish);
    const prices = this.#pricesFor(client);
    if (prices !== undefined) checkPriced(prices, client, wish, size);
    const admission = this.limiter.admit(client, estimateOf(wish, size, prices));
    if (!(admission instanceof Promise) && admission.isAdmitted) return entered(admission, record);
    return this.#further(admission, client, wish, size, record, cancellation);
  }

  async #further(
    admitting: Admission | Promise<Admission>,
    client: LimitedClient,
    wish: CallWish,
    size: CallSize,
    record: CallRecord,
    cancellation: Cancellation,
  ): Promise<Reservation> {
    let admission = await admitting;
    if (!admission.isAdmitted && this.#mayFit(admission, size, wish)) {
      const counted = await inputTokensOf(this.counter, wish.request);
      const input = Math.min(size.input, counted ?? size.input);
      const estimate = estimateOf(wish, { ...size, input }, this.#pricesFor(client));
      admission = await this.limiter.admit(client, estimate);
    }
    if (admission.isAdmitted && cancellation.reason !== undefined) {
      admission.giveBack();
      throw cancellation.reason;
    }
    if (admission.isAdmitted) return entered(admission, record);
    record.standings = standingsOf(admission);
    throw errorOf(admission);
  }

  #pricesFor({ scopes }: LimitedClient): Prices | undefined {
    return scopes.some(({ limits }) => limits.budget !== undefined) ? this.prices : undefined;
  }

  /**
   * Whether the call would be admitted if its input had far fewer tokens than bytes; if so, the
   * tokens are counted.
   */
  #mayFit(refusal: Refusal, { input }: CallSize, { model }: CallWish): boolean {
    const { what, limit, asked, excess, retryAfterMs } = refusal;
    // Without `retryAfterMs`, the call exceeds the whole limit. If it may fit in a later minute with fewer tokens,
    // it must not be refused for good.
    if (what === 'tokens') return (retryAfterMs === undefined ? asked - limit : excess) < input;
    return what === 'budget' && excess < (this.prices.estimateNanoUsd(model, input, 0) ?? 0);
  }
}

/**
 * Replaces a reservation with the usage of the call. A call that was never sent to a service does not
 * count. For a call of unknown usage that delivered a response, even in part, the reserved amounts
 * count.
 * @param times number of calls of this size made under the reservation
 */
export function settleCall(reservation: Reservation, record: CallRecord, times = 1): void {
  if (record.attempts === 0 && record.error !== undefined) {
    reservation.giveBack();
    return;
  }
  const { usage, costNanoUsd } = record;
  const isDelivered =
    record.attempts > 0 && (record.error === undefined || record.firstTokenMs !== undefined);
  const unknown = isDelivered ? reservation.reserved : NOTHING;
  reservation.settle({
    tokens: usage === undefined ? unknown.tokens * times : usage.promptTokens + usage.completionTokens,
    nanoUsd: costNanoUsd ?? unknown.nanoUsd * times,
  });
}

const NOTHING = { tokens: 0, nanoUsd: 0 };

/**
 * A budget can be enforced only if the prices of all services that may respond are known.
 * @throws ModelNotPricedError
 */
function checkPriced(
  prices: Prices,
  { scopes }: LimitedClient,
  { model, request }: CallWish,
  { input, output }: CallSize,
): void {
  if (request.dialect.operation === COUNT_TOKENS) return;
  if (prices.estimateNanoUsd(model, input, output) !== undefined) return;
  const { kind, name } = scopes.find(({ limits }) => limits.budget !== undefined)!;
  throw new ModelNotPricedError(model.name, kind, name);
}

function entered(reservation: Reservation, record: CallRecord): Reservation {
  record.place = reservation;
  record.standings = standingsOf(reservation);
  return reservation;
}

function standingsOf({ standings }: Admission): CallRecord['standings'] {
  return standings.requests === undefined && standings.tokens === undefined ? undefined : standings;
}

function errorOf({
  scope,
  what,
  limit,
  asked,
  excess,
  retryAfterMs,
  period,
  isReserved,
}: Refusal): GatewayError {
  const { kind: holder, name } = scope;
  if (what !== 'budget')
    return new RateLimitExceededError(what, { holder, name, limit, asked }, retryAfterMs);
  const refusal = { holder, name, limit: limit / NANO_PER_USD, asked: asked / NANO_PER_USD };
  const endMs = period?.endMs ?? Infinity;
  return new BudgetExceededError(refusal, {
    per: scope.limits.budget?.per ?? 'total',
    renewedAt: Number.isFinite(endMs) ? new Date(endMs) : undefined,
    isUsedUp: excess === Infinity,
    isReserved: isReserved === true,
  });
}
