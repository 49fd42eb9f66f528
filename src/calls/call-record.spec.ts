import { UpstreamError } from '../errors/upstream-errors.js';
import { CallRecord } from './call-record.js';

describe('the attempts of a record', () => {
  it('count as time of the upstream, the running one up to now', async () => {
    const record = new CallRecord('id', 'POST', '/v1/chat/completions');
    const first = record.attempt('m', 'deployment-1', 'first');
    record.endAttempt(new UpstreamError('upstream_unreachable', 'gone'));
    expect(first).toMatchObject({ model: 'm', deployment: 'deployment-1', error: 'upstream_unreachable' });
    const ended = record.upstreamMs;
    expect(ended).toBe(first.endMs! - first.startMs);
    record.attempt('m', 'deployment-2', 'failover');
    const endAt = performance.now() + 2;
    while (performance.now() < endAt) await Promise.resolve();
    expect(record.upstreamMs).toBeGreaterThan(ended + 1);
    expect(record.upstreamMs).toBeLessThanOrEqual(record.elapsedMs);
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
