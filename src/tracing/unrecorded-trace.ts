import { type SpanContext } from '@opentelemetry/api';
import { type CallTrace, type TraceHeaders } from '../calls/call-trace.js';
import { traceHeaders } from './trace-context.js';

/** A request that was not sampled. Nothing is recorded, and the services it calls learn that it was not sampled. */
export class UnrecordedTrace implements CallTrace {
  constructor(private readonly context: SpanContext) {}

  get id(): string {
    return this.context.traceId;
  }

  attemptBegan(): TraceHeaders {
    return traceHeaders(this.context);
  }

  loginBegan(): () => void {
    return nothing;
  }
}

function nothing(): void {}
