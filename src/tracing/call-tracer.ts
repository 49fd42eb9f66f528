import { type IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { CallEvents, type CallObserver } from '../calls/call-events.js';
import { type CallRecord } from '../calls/call-record.js';
import { type CallTrace } from '../calls/call-trace.js';
import { RecordedTrace } from './recorded-trace.js';
import { readTraceHeaders } from './trace-context.js';
import { TraceExport } from './trace-export.js';
import { UnrecordedTrace } from './unrecorded-trace.js';

const TEST_ROUTE = '/v1/models/{name}/test';
const TEST = /^\/v1\/models\/.+\/test$/;

/** Starts traces of requests for a model. */
@Injectable()
export class CallTracer implements CallObserver {
  constructor(
    private readonly traces: TraceExport,
    events: CallEvents,
  ) {
    events.subscribe(this);
  }

  began(record: CallRecord, headers: IncomingHttpHeaders): void {
    record.trace = this.#begin(record, headers);
  }

  /** @returns undefined for a request that is not traced, such as a probe, a list or a page */
  #begin(record: CallRecord, headers: IncomingHttpHeaders): CallTrace | undefined {
    if (record.method !== 'POST') return undefined;
    const route = record.route?.path ?? (TEST.test(record.path) ? TEST_ROUTE : undefined);
    if (route === undefined) return undefined;
    const startMs = performance.timeOrigin + performance.now() - record.elapsedMs;
    const { traceparent, tracestate } = headers;
    const remote = readTraceHeaders(
      typeof traceparent === 'string' ? traceparent : undefined,
      typeof tracestate === 'string' ? tracestate : undefined,
    );
    const parent = remote === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote);
    const { tracer } = this.traces;
    const options = {
      kind: SpanKind.SERVER,
      startTime: startMs,
      attributes: {
        'http.request.method': record.method,
        'http.route': route,
        'llm_gateway.request_id': record.requestId,
      },
    };
    const span = tracer.startSpan(`POST ${route}`, options, parent);
    return span.isRecording()
      ? new RecordedTrace(tracer, span, parent, startMs, record.operation.name)
      : new UnrecordedTrace(span.spanContext());
  }

  ended(record: CallRecord, status: number): void {
    if (record.trace instanceof RecordedTrace) record.trace.ended(record, status);
  }
}
