import { LiveConfig } from '../../config/live-config.js';
import { GatewayConfig } from '../../config/gateway.config.js';
import { UpstreamError, UpstreamRejectedError } from '../../errors/upstream-errors.js';
import { ModelAvailability } from './model-availability.js';
import { CallEvents } from '../../calls/call-events.js';
import { CallRecord } from '../../calls/call-record.js';

describe('the effect of a call on the availability of models', () => {
  let availability: ModelAvailability;
  let record: CallRecord;
  const status = (model: string) => availability.of(model).seen.status;
  const requests = (model: string) => availability.of(model).figures(Date.now(), 5)?.requests ?? 0;
  const unreachable = new UpstreamError('upstream_unreachable', 'away');

  beforeEach(() => {
    availability = new ModelAvailability(new LiveConfig(new GatewayConfig()), new CallEvents());
    record = new CallRecord('id', 'POST', '/');
    record.model = 'asked';
  });

  it('is that the model that was asked has failed, and the one that answered is well', () => {
    record.attempt('asked', 'deployment-1', 'first');
    record.endAttempt(unreachable);
    record.attempt('other', 'deployment-1', 'fallback');
    record.endAttempt();
    availability.answered(record);
    expect([status('asked'), status('other')]).toEqual(['unavailable', 'available']);
    expect(availability.of('asked').seen.lastError).toBe('upstream_unreachable');
    expect([requests('asked'), requests('other')]).toEqual([1, 1]);
  });

  it('is that all have failed, each with its own failure', () => {
    record.attempt('asked', 'deployment-1', 'first');
    record.endAttempt(unreachable);
    record.attempt('other', 'deployment-1', 'fallback');
    record.endAttempt(new UpstreamError('upstream_error', 'broken'));
    record.error = unreachable;
    availability.answered(record);
    expect(availability.of('asked').seen.lastError).toBe('upstream_unreachable');
    expect(availability.of('other').seen.lastError).toBe('upstream_error');
    expect([requests('asked'), requests('other')]).toEqual([1, 1]);
  });

  it('is one call, however often it was tried again', () => {
    for (const why of ['first', 'retry', 'failover'] as const) {
      record.attempt('asked', 'deployment-1', why);
      record.endAttempt(why === 'failover' ? undefined : unreachable);
    }
    availability.answered(record);
    expect(status('asked')).toBe('available');
    expect(availability.of('asked').figures(Date.now(), 5)).toMatchObject({ requests: 1, errors: 0 });
  });

  it('is nothing if the client was at fault', () => {
    record.error = new UpstreamRejectedError(400, 'wrong');
    availability.answered(record);
    expect(status('asked')).toBe('unknown');
    record.error = new UpstreamRejectedError(429, 'too much');
    availability.answered(record);
    expect(availability.of('asked').seen.lastError).toBe('upstream_rate_limited');
  });

  it('is forgotten with the model', () => {
    const live = new LiveConfig(new GatewayConfig());
    availability = new ModelAvailability(live, new CallEvents());
    availability.answered(record);
    expect(status('asked')).toBe('available');
    live.replace(new GatewayConfig());
    expect(status('asked')).toBe('unknown');
  });
});
