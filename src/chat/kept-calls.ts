import { Injectable } from '@nestjs/common';
import { Flights, type Landing } from '../answers/flights.js';
import { type KeptAnswer, KeptAnswers, MOST_KEPT_BYTES } from '../answers/kept-answers.js';
import { keyOf } from '../answers/request-key.js';
import { type CallRecord } from '../calls/call-record.js';
import { type Cancellation } from '../calls/cancellation.js';
import { responseHeaders } from '../calls/gateway-headers.js';
import { type Model } from '../routing/model.js';
import { type CacheAnswersConfig } from '../config/cache.config.js';
import { type ClientRequest } from '../dialects/ports/dialect.js';
import { partsOf } from '../dialects/ports/repeatable.js';
import { CallerLeftError } from '../errors/caller-errors.js';
import { isJsonObject, parseJson } from '../protocol/json.js';
import { type ModelCall } from '../providers/llm-provider.js';
import { type AnswerTarget } from './relay/answer-target.js';
import { ChatService } from './chat.service.js';
import { RecordingTarget } from './relay/recording-target.js';
import { STREAM_HEADERS } from './relay/stream-headers.js';

/** Nothing was sent to a service, so nothing was used. */
const NOTHING_USED = { promptTokens: 0, completionTokens: 0 };
/**
 * Longer requests are not looked up, because comparing them would block other clients for too long.
 */
const MOST_ASKED_BYTES = 1024 * 1024;
/** How many calls in a row may fail while others wait for their response. */
const MOST_FAILURES = 2;

/** A call to a model whose responses are cached. */
export interface KeptCall {
  readonly model: Model;
  readonly settings: CacheAnswersConfig;
  readonly call: ModelCall;
  /** The owner of the key. */
  readonly client: { readonly name: string; readonly team: string | undefined };
  /** `Cache-Control` of the request, if present. */
  readonly cacheControl: string | undefined;
}

/** Responds from the cache if the same request was made before or is being made. */
@Injectable()
export class KeptCalls {
  readonly #flights = new Flights<KeptAnswer>();

  constructor(
    private readonly chat: ChatService,
    private readonly answers: KeptAnswers,
  ) {}

  /**
   * Settles when the call is over.
   * @throws GatewayError for what fails before the response has begun
   */
  async answer(
    kept: KeptCall,
    target: AnswerTarget,
    record: CallRecord,
    cancellation: Cancellation,
  ): Promise<void> {
    const key = lookupKeyOf(kept);
    if (key === undefined) {
      record.cache = 'bypass';
      await this.chat.answer(kept.model, kept.call, target, record, cancellation);
      return;
    }
    record.cache = 'miss';
    if (says(kept.cacheControl, 'no-cache')) await this.#ask(kept, key, target, record, cancellation);
    else await this.#find(kept, key, target, record, cancellation);
  }

  async #find(
    kept: KeptCall,
    key: string,
    target: AnswerTarget,
    record: CallRecord,
    cancellation: Cancellation,
  ): Promise<void> {
    const { total_seconds: totalSeconds } = kept.model.config.timeouts;
    const untilMs = totalSeconds === 0 ? Infinity : performance.now() + totalSeconds * 1000;
    for (let failures = 0; failures < MOST_FAILURES && performance.now() < untilMs;) {
      const answer = await this.answers.find(key, kept.settings.ttl_seconds * 1000);
      if (cancellation.reason !== undefined) throw cancellation.reason;
      if (answer !== undefined) return replay(answer, kept, target, record);
      const running = this.#flights.find(key);
      if (running === undefined) return this.#lead(kept, key, target, record, cancellation);
      const landing = await cancellation.race(within(running.landed, untilMs));
      if (landing?.kind === 'kept') return replay(landing.answer, kept, target, record);
      if (landing === undefined || landing.kind === 'unkept') break;
      if (landing.kind === 'failed') failures++;
    }
    // All waiting calls now make their own request at once; later ones can wait for the first of
    // them.
    if (this.#flights.find(key) === undefined) await this.#lead(kept, key, target, record, cancellation);
    else await this.#ask(kept, key, target, record, cancellation);
  }

  /** Calls the model while others wait for the response. */
  async #lead(
    kept: KeptCall,
    key: string,
    target: AnswerTarget,
    record: CallRecord,
    cancellation: Cancellation,
  ): Promise<void> {
    const flight = this.#flights.begin(key);
    let landing: Landing<KeptAnswer> = { kind: 'failed' };
    try {
      const answer = await this.#ask(kept, key, target, record, cancellation);
      if (answer !== undefined) landing = { kind: 'kept', answer };
      else if (record.error === undefined) landing = { kind: cancellation.hasLeft ? 'left' : 'unkept' };
    } finally {
      flight.land(record.error instanceof CallerLeftError ? { kind: 'left' } : landing);
    }
  }

  /** Calls the model. @returns its response, if it was cached */
  async #ask(
    { model, call, settings }: KeptCall,
    key: string,
    target: AnswerTarget,
    record: CallRecord,
    cancellation: Cancellation,
  ): Promise<KeptAnswer | undefined> {
    const recorder = new RecordingTarget(target, MOST_KEPT_BYTES);
    await this.chat.answer(model, call, recorder, record, cancellation);
    const { recording } = recorder;
    // The response of a fallback is that of another model.
    if (
      recording === undefined ||
      record.error !== undefined ||
      record.attemptLog.at(-1)?.model !== model.name
    )
      return undefined;
    const { dialect, isStream } = call.request;
    if (dialect.repeatable?.isComplete(partsOf(recording.body, isStream)) !== true) return undefined;
    const answer = { ...recording, dropped: [...record.dropped], storedAtMs: Date.now() };
    await this.answers.keep(key, answer, settings.ttl_seconds * 1000);
    return answer;
  }
}

/** @returns undefined if no cached response may be used */
function lookupKeyOf({ model, settings, call, client, cacheControl }: KeptCall): string | undefined {
  const { request, headers } = call;
  if (!isRepeatable(request) || says(cacheControl, 'no-store')) return undefined;
  const own = client.team === undefined ? `key:${client.name}` : `team:${client.team}`;
  return keyOf({ request, headers, config: model.config, audience: settings.shared ? 'all' : own });
}

function isRepeatable(request: ClientRequest): boolean {
  const { dialect, body } = request;
  if (dialect.repeatable === undefined || body.length > MOST_ASKED_BYTES) return false;
  if (request.uploadFor !== undefined) return false;
  const value = parseJson(body.toString());
  return isJsonObject(value) && dialect.repeatable.isDeterministic(value);
}

function says(cacheControl: string | undefined, word: string): boolean {
  return (
    cacheControl
      ?.toLowerCase()
      .split(/[\s,]+/)
      .includes(word) === true
  );
}

function replay(
  { contentType, body, dropped }: KeptAnswer,
  { model, call }: KeptCall,
  target: AnswerTarget,
  record: CallRecord,
): void {
  const { isStream } = call.request;
  record.model = model.name;
  record.modelType = model.config.type;
  record.isStream = isStream;
  record.cache = 'hit';
  record.dropped = dropped;
  record.usage = NOTHING_USED;
  record.costNanoUsd = 0;
  if (isStream) record.firstToken();
  target.limitWriting?.(model.config.timeouts.idle_seconds * 1000, Infinity, NO_SLOT);
  target.writeHead(200, {
    ...responseHeaders(record),
    ...(isStream ? STREAM_HEADERS : { 'content-type': contentType, 'content-length': body.length }),
  });
  target.end(body);
}

const NO_SLOT = { isSlotWanted: () => false };

/** @returns undefined when the time is over */
async function within<Value>(work: Promise<Value>, untilMs: number): Promise<Value | undefined> {
  if (untilMs === Infinity) return work;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, untilMs - performance.now(), undefined);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
