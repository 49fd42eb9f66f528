import { type SpanContext } from '@opentelemetry/api';
import { type CallTrace, type TraceHeaders } from '../calls/call-trace.js';
import { traceHeaders } from './trace-context.js';

/** A request that the sampler left out: nothing is kept of it, and whoever works for it hears that it was left out. */
export class UnrecordedTrace implements CallTrace {
  constructor(private readonly context: SpanContext) {}

  attemptBegan(): TraceHeaders {
    return traceHeaders(this.context);
  }

  loginBegan(): () => void {
    return nothing;
  }
}

function nothing(): void {}
