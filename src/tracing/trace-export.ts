import { type OnApplicationShutdown } from '@nestjs/common';
import { type Tracer } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { type TracingEnvironment } from '../config/environment/tracing-environment.js';
import { VERSION } from '../version.js';

/** Longest wait at shutdown for an unresponsive collector. */
const FLUSH_MS = 3000;

/** Called when delivery starts to fail or recovers, not for each batch. */
export type ExportListener = (works: boolean) => void;

/** Collects spans and exports them to a collector. */
export class TraceExport implements OnApplicationShutdown {
  readonly tracer: Tracer;
  readonly #provider: TracerProvider;

  private constructor(settings: TracingEnvironment, exporter: SpanExporter, onChange: ExportListener) {
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({
        ...settings.resource,
        'service.name': settings.serviceName,
        'service.version': VERSION,
      }),
      sampler: samplerOf(settings),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new WatchedExporter(exporter, onChange),
          scheduledDelayMillis: settings.delayMs,
        }),
      ],
    });
    this.tracer = this.#provider.getTracer('llm-gateway', VERSION);
  }

  /** Loads only the exporter for the configured protocol. */
  static async open(settings: TracingEnvironment, onChange: ExportListener): Promise<TraceExport> {
    const { OTLPTraceExporter } =
      settings.protocol === 'http/json'
        ? await import('@opentelemetry/exporter-trace-otlp-http')
        : await import('@opentelemetry/exporter-trace-otlp-proto');
    const exporter = new OTLPTraceExporter({ url: settings.endpoint, headers: { ...settings.headers } });
    return new TraceExport(settings, exporter, onChange);
  }

  /** Sends pending spans and stops, after the last call has ended. */
  async onApplicationShutdown(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, FLUSH_MS)));
    await Promise.race([this.#provider.shutdown().catch(() => undefined), limit]);
    clearTimeout(timer);
  }
}

/** Reports export failures. OpenTelemetry itself reports them only to its diagnostics, which are off. */
class WatchedExporter implements SpanExporter {
  #works = true;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly onChange: ExportListener,
  ) {}

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.exporter.export(spans, (result) => {
      const works = result.code === 0;
      if (works !== this.#works) this.onChange(works);
      this.#works = works;
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }
}

function samplerOf({ sampler, ratio }: TracingEnvironment): Sampler {
  const root = sampler.endsWith('always_on')
    ? new AlwaysOnSampler()
    : sampler.endsWith('always_off')
      ? new AlwaysOffSampler()
      : new TraceIdRatioBasedSampler(ratio);
  return sampler.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}
