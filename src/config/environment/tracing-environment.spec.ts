import { readTracingEnvironment } from './tracing-environment.js';

function read(env: NodeJS.ProcessEnv) {
  const warnings: string[] = [];
  const settings = readTracingEnvironment(env, (name, message) => warnings.push(`${name}: ${message}`));
  return { settings, warnings };
}

const ON = { OTEL_TRACES_EXPORTER: 'otlp' };

describe('readTracingEnvironment', () => {
  it.each([
    {},
    { OTEL_SERVICE_NAME: 'x' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
    { ...ON, OTEL_SDK_DISABLED: 'TRUE' },
  ])('wants no traces: %j', (env) =>
    expect(read(env as NodeJS.ProcessEnv)).toEqual({ settings: undefined, warnings: [] }),
  );

  it.each([
    [ON, 'http://localhost:4318/v1/traces'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.example:4318/base/' },
      'https://c.example:4318/base/v1/traces',
    ],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c.example/spans' }, 'http://c.example/spans'],
  ])('%j posts to %s', (env, endpoint) => expect(read(env).settings?.endpoint).toBe(endpoint));

  it('uses the defaults of the specification if no other variable is set', () => {
    expect(read(ON).settings).toEqual({
      serviceName: 'llm-gateway',
      endpoint: 'http://localhost:4318/v1/traces',
      protocol: 'http/protobuf',
      headers: {},
      sampler: 'parentbased_always_on',
      ratio: 1,
      delayMs: 5000,
      resource: {},
    });
  });

  it('prefers variables for traces, and OTEL_SERVICE_NAME', () => {
    const { settings } = read({
      ...ON,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1, b=2%3D',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=3',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,zone=z',
      OTEL_SERVICE_NAME: 'mine',
    });
    expect(settings).toMatchObject({
      protocol: 'http/json',
      headers: { a: '3', b: '2=' },
      resource: { zone: 'z' },
      serviceName: 'mine',
    });
  });

  it.each([
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, /^OTEL_TRACES_EXPORTER: expected otlp or none; no traces are sent$/],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      /^OTEL_EXPORTER_OTLP_ENDPOINT: .*; no traces are sent$/,
    ],
    [
      { ...ON, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      /^OTEL_EXPORTER_OTLP_PROTOCOL: .*; http\/protobuf is used$/,
    ],
    [{ ...ON, OTEL_TRACES_SAMPLER: 'jaeger' }, /^OTEL_TRACES_SAMPLER: .*; parentbased_always_on is used$/],
    [{ ...ON, OTEL_TRACES_SAMPLER_ARG: '10' }, /^OTEL_TRACES_SAMPLER_ARG: .*; 1 is used$/],
    [{ ...ON, OTEL_BSP_SCHEDULE_DELAY: 'soon' }, /^OTEL_BSP_SCHEDULE_DELAY: .*; 5000 is used$/],
  ])('warns of what makes no sense: %j', (env, warning) => {
    expect(read(env as NodeJS.ProcessEnv).warnings).toEqual([expect.stringMatching(warning) as string]);
  });
});
