import { until } from '../support/start-gateway.js';
import { completion, sendJson } from '../support/start-upstream.js';
import {
  messages,
  CALLER_TRACE,
  CALLER_SPAN,
  upstream,
  collector,
  gateway,
  start,
  stop,
  openTracing,
} from '../support/traced-gateway.js';

openTracing();

describe('the standard variables', () => {
  it.each([
    ['nothing', {}],
    ['OTEL_SDK_DISABLED', { OTEL_SDK_DISABLED: 'true' }],
    ['OTEL_TRACES_EXPORTER=none', { OTEL_TRACES_EXPORTER: 'none' }],
  ])(
    '%s: no traces, and the upstream receives the traceparent of the client unchanged',
    async (name, env) => {
      upstream.handle(({ res }) => sendJson(res, completion()));
      const running = await start({
        ...(name === 'nothing' && { OTEL_EXPORTER_OTLP_ENDPOINT: '' }),
        ...(env as Record<string, string>),
      });
      const traceparent = `00-${CALLER_TRACE}-${CALLER_SPAN}-01`;
      await running.chat({ model: 'm', messages }, { headers: { traceparent } });
      expect(upstream.calls.at(-1)!.headers.traceparent).toBe(traceparent);
      await running.app.close();
      expect(collector.posts).toEqual([]);
    },
  );

  it('name the service, and send headers with each post, in protobuf unless configured otherwise', async () => {
    upstream.handle(({ res }) => sendJson(res, completion()));
    const running = await start({
      OTEL_EXPORTER_OTLP_PROTOCOL: '',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=planted%20key',
      OTEL_SERVICE_NAME: 'a-name',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_BSP_SCHEDULE_DELAY: '60000',
    });
    await running.chat({ model: 'm', messages });
    // What waits is sent at the end.
    await stop();
    expect(collector.posts).toHaveLength(1);
    const { headers, body } = collector.posts[0]!;
    expect(headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'x-collector-key': 'planted key',
    });
    for (const word of [
      'a-name',
      'deployment.environment.name',
      'POST /v1/chat/completions',
      'gen_ai.usage.output_tokens',
    ])
      expect(body.includes(word)).toBe(true);
  });

  it('name a collector whose refusal of the traces is logged once', async () => {
    upstream.handle(({ res }) => sendJson(res, completion()));
    collector.status = 400;
    const running = await start({ OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=planted-key' });
    const complaints = () => running.log().filter(({ message }) => message === 'traces cannot be delivered');
    await running.chat({ model: 'm', messages });
    await until(() => complaints().length === 1, 'the complaint');
    const before = collector.posts.length;
    await running.chat({ model: 'm', messages });
    await until(() => collector.posts.length > before, 'another post');
    collector.status = 200;
    await running.chat({ model: 'm', messages });
    await until(
      () => running.log().some(({ message }) => message === 'trace delivery restored'),
      'the good news',
    );
    expect(complaints()).toHaveLength(1);
    expect(gateway!.logText()).not.toContain('planted');
  });
});
