import { CallEvents } from '../../calls/call-events.js';
import { GatewayConfig } from '../../config/gateway.config.js';
import { LiveConfig } from '../../config/live-config.js';
import { InternalError } from '../../errors/server-errors.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { OPENAI_ERRORS } from '../../protocol/errors/error-format.js';
import { CHAT } from '../../protocol/operation.js';
import { AccessLog } from './access-log.js';
import { GatewayLogger } from './gateway-logger.js';
import { CallRecord } from '../../calls/call-record.js';

/** Whatever may stand in a name or a path, and what JSON must spell otherwise. */
const ODD = ['plain', '"', '\\', '\n\u0000\u001f', '你好 😀', '\ud800', '\u2028', '\u007f', '}{,:'];

function lineOf(record: CallRecord, status: number, change?: (config: GatewayConfig) => void): unknown {
  const lines: string[] = [];
  const config = new GatewayConfig();
  change?.(config);
  const logger = new GatewayLogger(config, { write: (line) => void lines.push(line) });
  record.end();
  new AccessLog(new LiveConfig(config), logger, new CallEvents()).ended(record, status);
  expect(lines.length).toBeLessThanOrEqual(1);
  if (lines[0] === undefined) return undefined;
  expect(lines[0].indexOf('\n')).toBe(lines[0].length - 1);
  return JSON.parse(lines[0]);
}

describe('AccessLog', () => {
  it.each(ODD)('writes one line of JSON for any input: %j', (odd) => {
    const record = new CallRecord(odd, 'POST', odd);
    record.client = record.model = record.modelType = odd;
    record.isStream = true;
    record.attempts = 2;
    record.upstreamStatus = 500;
    record.firstTokenMs = 12.34;
    record.usage = { promptTokens: 1, completionTokens: 2, isEstimated: true };
    record.error = new UpstreamError('upstream_error', odd);
    expect(lineOf(record, 500, ({ logging }) => (logging.content = true))).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      message: 'request',
      request_id: odd,
      method: 'POST',
      path: odd,
      client: odd,
      model: odd,
      type: odd,
      stream: true,
      attempts: 2,
      status: 500,
      duration_ms: expect.any(Number),
      first_token_ms: 12.3,
      prompt_tokens: 1,
      completion_tokens: 2,
      usage_estimated: true,
      error: 'upstream_error',
      help: '/errors/upstream_error',
      upstream_status: 500,
      error_message: odd,
    });
  });

  it('names the formats, and what was used by class', () => {
    const route = { path: '/v1/messages', dialect: 'theirs', operation: CHAT, errors: OPENAI_ERRORS };
    const record = new CallRecord('id', 'POST', '/v1/messages', route);
    record.model = record.modelType = 'm';
    record.usage = {
      promptTokens: 9,
      completionTokens: 8,
      cachedTokens: 7,
      cacheWriteTokens: 1,
      reasoningTokens: 6,
      searches: 2,
    };
    record.attempt('m', 'd', 'first').dialect = 'ours';
    expect(lineOf(record, 200)).toMatchObject({
      operation: 'chat',
      dialect: 'theirs',
      upstream_dialect: 'ours',
      prompt_tokens: 9,
      completion_tokens: 8,
      cached_tokens: 7,
      cache_write_tokens: 1,
      reasoning_tokens: 6,
      searches: 2,
    });
    record.usage = { promptTokens: 0, completionTokens: 0, images: 3, seconds: 1.5 };
    record.attempt('m', 'd', 'retry').dialect = 'theirs';
    const line = lineOf(record, 200);
    expect(line).toMatchObject({ images: 3, audio_seconds: 1.5 });
    for (const absent of ['prompt_tokens', 'completion_tokens', 'upstream_dialect'])
      expect(line).not.toHaveProperty(absent);
  });

  it('leaves out what is not known', () => {
    expect(lineOf(new CallRecord('id', 'GET', '/x'), 404)).toEqual({
      level: 'info',
      time: expect.any(String),
      message: 'request',
      request_id: 'id',
      method: 'GET',
      path: '/x',
      status: 404,
      duration_ms: expect.any(Number),
    });
  });

  it('names the origin of an internal error, but not its message', () => {
    const record = new CallRecord('id', 'GET', '/x');
    record.error = new InternalError(new TypeError('what people wrote'));
    expect(lineOf(record, 500)).toMatchObject({
      level: 'error',
      error: 'internal_error',
      error_name: 'TypeError',
      stack: expect.stringMatching(/^ {4}at /),
    });
    expect(JSON.stringify(lineOf(record, 500))).not.toContain('what people wrote');
  });

  it('does not write of probes unless debugging', () => {
    const probe = new CallRecord('id', 'GET', '/v1/health');
    expect(lineOf(probe, 200)).toBeUndefined();
    expect(lineOf(probe, 200, ({ server }) => (server.debug = true))).toMatchObject({ level: 'debug' });
  });
});
