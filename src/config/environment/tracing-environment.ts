/** Trace settings from OpenTelemetry's standard variables. */
export interface TracingEnvironment {
  readonly serviceName: string;
  /** Where spans are sent, `/v1/traces` included. */
  readonly endpoint: string;
  readonly protocol: TraceProtocol;
  /** Sent with each export; may contain keys. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sampler: TraceSampler;
  /** Share of traces to keep, 0 to 1; used by the ratio samplers. */
  readonly ratio: number;
  /** Longest wait before spans are sent. */
  readonly delayMs: number;
  /** Further resource attributes, such as the deployment environment. */
  readonly resource: Readonly<Record<string, string>>;
}

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type TraceProtocol = (typeof PROTOCOLS)[number];

const SAMPLERS = [
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'always_on',
  'always_off',
  'traceidratio',
] as const;
export type TraceSampler = (typeof SAMPLERS)[number];

const LOCAL_COLLECTOR = 'http://localhost:4318';
const SERVICE_NAME = 'llm-gateway';
const DELAY_MS = 5000;

/**
 * Reads the variables. Tracing is enabled by `OTEL_TRACES_EXPORTER=otlp` or by an OTLP endpoint; otherwise the result
 * is undefined. As the specification requires, an invalid value is ignored with a warning.
 */
export function readTracingEnvironment(
  env: NodeJS.ProcessEnv,
  warn: (name: string, message: string) => void,
): TracingEnvironment | undefined {
  const read = (name: string): string | undefined => env[name]?.trim() || undefined;
  if (read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined;
  const own = read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const shared = read('OTEL_EXPORTER_OTLP_ENDPOINT');
  const exporter =
    read('OTEL_TRACES_EXPORTER') ?? (own === undefined && shared === undefined ? 'none' : 'otlp');
  if (exporter === 'none') return undefined;
  if (exporter !== 'otlp') {
    warn('OTEL_TRACES_EXPORTER', 'expected otlp or none; no traces are sent');
    return undefined;
  }
  const endpoint = own ?? `${(shared ?? LOCAL_COLLECTOR).replace(/\/+$/, '')}/v1/traces`;
  if (!/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : '')) {
    const name = own === undefined ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
    warn(name, 'expected an http:// or https:// address; no traces are sent');
    return undefined;
  }
  const choose = <Word extends string>(
    name: string,
    words: readonly Word[],
    value: string | undefined,
  ): Word => {
    const found = words.find((word) => word === value);
    if (found === undefined && value !== undefined) {
      warn(name, `expected one of ${words.join(', ')}; ${words[0]} is used`);
    }
    return found ?? words[0]!;
  };
  const number = (name: string, fallback: number, largest: number): number => {
    const text = read(name);
    const value = Number(text ?? fallback);
    if (value >= 0 && value <= largest) return value;
    warn(name, `expected a number from 0 to ${largest}; ${fallback} is used`);
    return fallback;
  };
  const { 'service.name': named, ...resource } = readPairs(read('OTEL_RESOURCE_ATTRIBUTES'));
  return Object.freeze({
    serviceName: read('OTEL_SERVICE_NAME') ?? named ?? SERVICE_NAME,
    endpoint,
    protocol: choose(
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      PROTOCOLS,
      read('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? read('OTEL_EXPORTER_OTLP_PROTOCOL'),
    ),
    headers: {
      ...readPairs(read('OTEL_EXPORTER_OTLP_HEADERS')),
      ...readPairs(read('OTEL_EXPORTER_OTLP_TRACES_HEADERS')),
    },
    sampler: choose('OTEL_TRACES_SAMPLER', SAMPLERS, read('OTEL_TRACES_SAMPLER')?.toLowerCase()),
    ratio: number('OTEL_TRACES_SAMPLER_ARG', 1, 1),
    delayMs: number('OTEL_BSP_SCHEDULE_DELAY', DELAY_MS, 60_000),
    resource,
  });
}

/** Parses `key=value,key=value`, percent-encoded as in W3C Baggage. */
function readPairs(text: string | undefined): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const pair of text?.split(',') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0) pairs[decode(pair.slice(0, at).trim())] = decode(pair.slice(at + 1).trim());
  }
  return pairs;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
