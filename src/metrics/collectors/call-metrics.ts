import { Injectable } from '@nestjs/common';
import { type Operation } from '../../protocol/operation.js';
import { CallEvents, type CallObserver } from '../../calls/call-events.js';
import { type CallRecord } from '../../calls/call-record.js';
import { hasTokens } from '../../conversation/usage-classes.js';
import { type Usage } from '../../conversation/usage.js';
import { FIRST_TOKEN_SECONDS, OVERHEAD_SECONDS, REQUEST_SECONDS } from './buckets.js';
import { CounterFamily, type CounterSeries, HistogramFamily, type HistogramSeries } from '../families.js';
import { AnswerMetrics } from './answer-metrics.js';
import { MetricRegistry } from '../metric-registry.js';

/** Label for an unknown model or a missing or invalid key. */
const NONE = 'none';
const OK = 'ok';

/** Kinds of tokens that are parts of the prompt or of the completion. */
const PARTS = [
  ['cached', 'cachedTokens'],
  ['cache_write', 'cacheWriteTokens'],
  ['reasoning', 'reasoningTokens'],
  ['audio_input', 'audioInputTokens'],
  ['image_input', 'imageInputTokens'],
  ['audio_output', 'audioOutputTokens'],
  ['image_output', 'imageOutputTokens'],
] as const satisfies readonly (readonly [string, keyof Usage])[];

type PartKind = (typeof PARTS)[number][0];

type GenAiLabel = 'gen_ai_request_model' | 'gen_ai_operation_name' | 'gen_ai_provider_name';

/** The series of one model. */
interface ModelSeries {
  readonly model: string;
  readonly type: string;
  readonly clients: Map<string, ClientSeries>;
  readonly operations: Map<Operation, OperationSeries>;
  readonly overhead: HistogramSeries;
  readonly upstream: HistogramSeries;
}

/** The series of one operation of a model. */
interface OperationSeries {
  readonly genAi: Readonly<Record<GenAiLabel, string>>;
  /** By error code; empty for successful calls. */
  readonly durations: Map<string, HistogramSeries>;
  readonly firstToken: HistogramSeries;
}

/** The series of one client's calls to one model. */
interface ClientSeries {
  readonly outcomes: Map<string, CounterSeries>;
  /** Undefined until a call of the client has been counted: a series of 0 tokens would be wrong. */
  prompt: CounterSeries | undefined;
  completion: CounterSeries | undefined;
  readonly parts: Map<PartKind, CounterSeries>;
  uncounted: CounterSeries | undefined;
  estimated: CounterSeries | undefined;
}

/**
 * Counts each call once, at its end. All label values come from the configuration or are fixed, so
 * clients cannot create new series.
 */
@Injectable()
export class CallMetrics implements CallObserver {
  readonly #requests = new CounterFamily<'model' | 'type' | 'client' | 'outcome'>(
    'llm_gateway_requests_total',
    'Model calls and rejected requests, by outcome: ok or the error code.',
  );
  readonly #tokens = new CounterFamily<'model' | 'client' | 'kind'>(
    'llm_gateway_tokens_total',
    'Tokens reported by the upstream, or estimated; kind is prompt or completion.',
  );
  readonly #parts = new CounterFamily<'model' | 'client' | 'kind'>(
    'llm_gateway_token_parts_total',
    'Tokens of one kind among those of llm_gateway_tokens_total, such as cached or reasoning.',
  );
  readonly #uncounted = new CounterFamily<'model' | 'client'>(
    'llm_gateway_uncounted_requests_total',
    'Answered model calls of which nobody knows how many tokens they used.',
  );
  readonly #estimated = new CounterFamily<'model' | 'client'>(
    'llm_gateway_estimated_requests_total',
    'Model calls whose tokens the gateway has counted, because the upstream did not.',
  );
  readonly #durations = new HistogramFamily<GenAiLabel | 'error_type'>(
    'gen_ai_server_request_duration_seconds',
    'Duration of model calls from the first byte in to the last byte out; error_type is empty on success.',
    REQUEST_SECONDS,
  );
  readonly #firstTokens = new HistogramFamily<GenAiLabel>(
    'gen_ai_server_time_to_first_token_seconds',
    'Time of streamed calls until the first event with content.',
    FIRST_TOKEN_SECONDS,
  );
  readonly #overheads = new HistogramFamily<'model'>(
    'llm_gateway_overhead_seconds',
    'Time in the gateway until the response headers, including waits for a slot and retry pauses.',
    OVERHEAD_SECONDS,
  );
  readonly #upstreams = new HistogramFamily<'model'>(
    'llm_gateway_upstream_seconds',
    'Time that a call spent on model services: all attempts and their logins.',
    REQUEST_SECONDS,
  );
  readonly #models = new Map<string, ModelSeries>();

  constructor(
    registry: MetricRegistry,
    private readonly answers: AnswerMetrics,
    events: CallEvents,
  ) {
    events.subscribe(this);
    registry.add(
      this.#requests,
      this.#tokens,
      this.#parts,
      this.#uncounted,
      this.#estimated,
      this.#durations,
      this.#firstTokens,
      this.#overheads,
      this.#upstreams,
    );
  }

  /**
   * Counts a request that has ended; ignores successful requests without a model call, such as
   * probes and pages.
   */
  ended(record: CallRecord): void {
    const { model, error, operation } = record;
    if (model === undefined && error === undefined) return;
    const series =
      this.#models.get(model ?? NONE) ?? this.#openModel(model ?? NONE, record.modelType ?? NONE);
    const clientName = record.client ?? NONE;
    const client = series.clients.get(clientName) ?? this.#openClient(series, clientName);
    const outcome = error === undefined ? OK : error.logCode;
    (client.outcomes.get(outcome) ?? this.#openOutcome(series, client, clientName, outcome)).value++;
    if (record.usage !== undefined) this.#count(series.model, clientName, client, record.usage);
    else if (record.isUncounted)
      (client.uncounted ??= this.#uncounted.open({ model: series.model, client: clientName })).value++;
    const asked = series.operations.get(operation) ?? this.#openOperation(series, operation);
    if (model === undefined) return;
    const errorType = error === undefined ? '' : outcome;
    const duration = asked.durations.get(errorType) ?? this.#openDuration(asked, errorType);
    if (record.cache !== undefined) this.answers.count(record.cache, model);
    const { durationMs } = record;
    const upstreamMs = record.upstreamMs(durationMs);
    duration.observe(durationMs / 1000);
    series.overhead.observe((record.overheadMs ?? Math.max(0, durationMs - upstreamMs)) / 1000);
    series.upstream.observe(upstreamMs / 1000);
    if (record.firstTokenMs !== undefined) asked.firstToken.observe(record.firstTokenMs / 1000);
  }

  #count(model: string, name: string, client: ClientSeries, usage: Usage): void {
    if (usage.isEstimated === true)
      (client.estimated ??= this.#estimated.open({ model, client: name })).value++;
    if (!hasTokens(usage)) return;
    client.prompt ??= this.#tokens.open({ model, client: name, kind: 'prompt' });
    client.prompt.value += usage.promptTokens;
    client.completion ??= this.#tokens.open({ model, client: name, kind: 'completion' });
    client.completion.value += usage.completionTokens;
    for (const [kind, field] of PARTS) {
      const count = usage[field];
      if (count !== undefined) add(this.#parts, client.parts, model, name, kind, count);
    }
  }

  #openModel(model: string, type: string): ModelSeries {
    const series = {
      model,
      type,
      clients: new Map<string, ClientSeries>(),
      operations: new Map<Operation, OperationSeries>(),
      overhead: this.#overheads.open({ model }),
      upstream: this.#upstreams.open({ model }),
    };
    this.#models.set(model, series);
    return series;
  }

  #openOperation({ model, type, operations }: ModelSeries, operation: Operation): OperationSeries {
    const genAi = {
      gen_ai_request_model: model,
      gen_ai_operation_name: operation.name,
      gen_ai_provider_name: type,
    };
    const series = {
      genAi,
      durations: new Map<string, HistogramSeries>(),
      firstToken: this.#firstTokens.open(genAi),
    };
    operations.set(operation, series);
    return series;
  }

  #openClient({ clients }: ModelSeries, client: string): ClientSeries {
    const series = {
      outcomes: new Map<string, CounterSeries>(),
      prompt: undefined,
      completion: undefined,
      parts: new Map<PartKind, CounterSeries>(),
      uncounted: undefined,
      estimated: undefined,
    };
    clients.set(client, series);
    return series;
  }

  #openOutcome(
    { model, type }: ModelSeries,
    client: ClientSeries,
    name: string,
    outcome: string,
  ): CounterSeries {
    const series = this.#requests.open({ model, type, client: name, outcome });
    client.outcomes.set(outcome, series);
    return series;
  }

  #openDuration({ genAi, durations }: OperationSeries, errorType: string): HistogramSeries {
    const series = this.#durations.open({ ...genAi, error_type: errorType });
    durations.set(errorType, series);
    return series;
  }
}

function add<Kind extends string>(
  family: CounterFamily<'model' | 'client' | 'kind'>,
  series: Map<Kind, CounterSeries>,
  model: string,
  client: string,
  kind: Kind,
  count: number,
): void {
  let one = series.get(kind);
  if (one === undefined) {
    one = family.open({ model, client, kind });
    series.set(kind, one);
  }
  one.value += count;
}
