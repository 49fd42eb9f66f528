import {
  type Attributes,
  type Context,
  type Span,
  type Tracer,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { hasTokens } from '../conversation/usage-classes.js';
import { type Usage } from '../conversation/usage.js';
import { CallerLeftError } from '../errors/caller-errors.js';
import { type AttemptRecord } from '../calls/attempt-record.js';
import { type CallRecord } from '../calls/call-record.js';
import { type CallTrace, type LoginOutcome, type TraceHeaders } from '../calls/call-trace.js';
import { traceHeaders } from './trace-context.js';

/** The spans of one request: the server span, with a child for each attempt and each login. */
export class RecordedTrace implements CallTrace {
  readonly #context: Context;
  readonly #attempts: [AttemptRecord, Span][] = [];

  /**
   * @param startMs arrival of the request in epoch milliseconds, the origin of the record's times
   * @param operation name of the operation
   */
  constructor(
    private readonly tracer: Tracer,
    private readonly server: Span,
    parent: Context,
    private readonly startMs: number,
    private readonly operation: string,
  ) {
    this.#context = trace.setSpan(parent, server);
  }

  get id(): string {
    return this.server.spanContext().traceId;
  }

  attemptBegan(attempt: AttemptRecord, url: string): TraceHeaders {
    const { hostname, port, protocol } = new URL(url);
    const attributes: Attributes = {
      ...genAi(this.operation, attempt.model),
      'llm_gateway.deployment': attempt.deployment,
      'llm_gateway.dialect': attempt.dialect,
      'llm_gateway.attempt.reason': attempt.why,
      'server.address': hostname,
      'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
    };
    const options = { kind: SpanKind.CLIENT, attributes, startTime: this.startMs + attempt.startMs };
    const span = this.tracer.startSpan(`${this.operation} ${attempt.model}`, options, this.#context);
    this.#attempts.push([attempt, span]);
    return traceHeaders(span.spanContext());
  }

  loginBegan(model: string): (outcome: LoginOutcome) => void {
    const options = { kind: SpanKind.CLIENT, attributes: { 'llm_gateway.model': model } };
    const span = this.tracer.startSpan('login', options, this.#context);
    return (outcome) => {
      if (outcome !== 'ok') fail(span, `login_${outcome}`);
      span.end();
    };
  }

  /**
   * Ends the spans with data from the record.
   * @param status the status sent to the client
   */
  ended(record: CallRecord, status: number): void {
    const nowMs = record.elapsedMs;
    for (const [attempt, span] of this.#attempts) {
      if (attempt.upstreamStatus !== undefined)
        span.setAttribute('http.response.status_code', attempt.upstreamStatus);
      // A client disconnect is not a failure of the service.
      if (attempt.error !== undefined && !(attempt.failure instanceof CallerLeftError))
        fail(span, attempt.error);
      span.end(this.startMs + (attempt.endMs ?? nowMs));
    }
    const { server } = this;
    server.setAttributes({
      'http.response.status_code': status,
      'llm_gateway.client': record.client,
      ...(record.model !== undefined && {
        ...genAi(this.operation, record.model, record.modelType),
        'llm_gateway.attempts': record.attempts,
        'llm_gateway.stream': record.isStream,
        ...used(record.usage),
      }),
    });
    if (record.firstTokenMs !== undefined) server.addEvent('first token', this.startMs + record.firstTokenMs);
    // By OpenTelemetry's conventions, a client's error is not a failure of the server.
    if (record.error !== undefined) {
      server.setAttribute('error.type', record.error.logCode);
      if (status >= 500 || status < 400) server.setStatus({ code: SpanStatusCode.ERROR });
    }
    server.end(this.startMs + nowMs);
  }
}

/** @see https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/ */
function used(usage: Usage | undefined): Attributes {
  if (usage === undefined) return {};
  return {
    ...(hasTokens(usage) && {
      'gen_ai.usage.input_tokens': usage.promptTokens,
      'gen_ai.usage.output_tokens': usage.completionTokens,
    }),
    'gen_ai.usage.cache_read.input_tokens': usage.cachedTokens,
    'gen_ai.usage.cache_creation.input_tokens': usage.cacheWriteTokens,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
    'llm_gateway.usage.estimated': usage.isEstimated,
  };
}

function genAi(operation: string, model: string, type?: string): Attributes {
  return {
    'gen_ai.operation.name': operation,
    'gen_ai.request.model': model,
    ...(type !== undefined && { 'gen_ai.provider.name': type }),
  };
}

/** Marks a span as failed by code, because messages may quote prompts. */
function fail(span: Span, code: string): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
