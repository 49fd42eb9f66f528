import { UpstreamError } from '../errors/upstream-errors.js';
import { OPENAI_ERRORS } from '../protocol/errors/error-format.js';
import { CHAT, COUNT_TOKENS } from '../protocol/operation.js';
import { CallRecord } from './call-record.js';

describe('the attempts of a record', () => {
  it('count as time of the upstream, the running one up to now', async () => {
    const record = new CallRecord('id', 'POST', '/v1/chat/completions');
    const first = record.attempt('m', 'deployment-1', 'first');
    record.endAttempt(new UpstreamError('upstream_unreachable', 'gone'));
    expect(first).toMatchObject({ model: 'm', deployment: 'deployment-1', error: 'upstream_unreachable' });
    const ended = record.upstreamMs();
    expect(ended).toBe(first.endMs! - first.startMs);
    record.attempt('m', 'deployment-2', 'failover');
    const endAt = performance.now() + 2;
    while (performance.now() < endAt) await Promise.resolve();
    expect(record.upstreamMs()).toBeGreaterThan(ended + 1);
    expect(record.upstreamMs()).toBeLessThanOrEqual(record.elapsedMs);
  });

  it('end once', () => {
    const record = new CallRecord('id', 'POST', '/v1/chat/completions');
    record.endAttempt();
    const attempt = record.attempt('m', 'deployment-1', 'first');
    record.endAttempt();
    const { endMs } = attempt;
    record.endAttempt(new UpstreamError('upstream_error', 'late'));
    expect(attempt).toMatchObject({ endMs, error: undefined });
  });
});

describe('a call without counted usage', () => {
  const usage = { promptTokens: 1, completionTokens: 1 };
  const error = new UpstreamError('upstream_stream_interrupted', 'gone');

  it.each([
    ['is one that was answered', {}, true],
    ['is not one that was counted', { usage }, false],
    ['is one that was cut off after its first token', { error, firstTokenMs: 1 }, true],
    ['is not one that failed before', { error }, false],
    ['is not one that was never sent', { attempts: 0 }, false],
    ['is not one that uses nothing', { operation: COUNT_TOKENS }, false],
  ])('%s', (_which, { operation = CHAT, ...fields }: object & { operation?: typeof CHAT }, isUncounted) => {
    const route = { path: '/x', dialect: 'd', operation, errors: OPENAI_ERRORS };
    const record = Object.assign(new CallRecord('id', 'POST', '/x', route), { attempts: 1 }, fields);
    expect(record.isUncounted).toBe(isUncounted);
  });
});
