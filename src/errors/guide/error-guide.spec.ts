import { QueueFullError } from '../caller-errors.js';
import { ApiKeyExpiredError, InvalidApiKeyError } from '../access-errors.js';
import { InternalError, ShuttingDownError, UsageUnavailableError } from '../server-errors.js';
import { UpstreamError, UpstreamRejectedError, type UpstreamErrorCode } from '../upstream-errors.js';
import { errorPage } from '../error-page.js';
import { ERROR_CODES, ERROR_ORIGINS, errorGuide } from './error-guide.js';

describe('the guide to error codes', () => {
  it('has every code once, and its page', () => {
    expect(new Set(ERROR_CODES).size).toBe(ERROR_CODES.length);
    expect(ERROR_CODES.length).toBeGreaterThan(40);
    for (const code of ERROR_CODES) expect(errorPage(code)).toBe(`/errors/${code}`);
  });

  it.each(ERROR_CODES)('explains the cause of %s and what to do, in both languages', (code) => {
    const { cause, action, origin } = errorGuide(code)!;
    expect(ERROR_ORIGINS).toContain(origin);
    for (const text of [cause.en, action.en]) expect(text).toMatch(/^[A-Z`].{20,}[.]$/);
    for (const text of [cause.zh, action.zh]) expect(text).toMatch(/\p{Script=Han}.*。$/u);
  });

  it.each(ERROR_CODES.filter((code) => errorGuide(code)!.status.startsWith('500, 5')))(
    'agrees with the failure of a model call: %s',
    (code) => {
      const { status, retry } = errorGuide(code)!;
      const error = new UpstreamError(code as UpstreamErrorCode, 'It failed.');
      expect(status.split(', ')).toEqual(expect.arrayContaining(['500', String(error.preciseStatus)]));
      expect([code, error.isRetryable]).toEqual([code, retry !== 'no']);
    },
  );

  it.each([
    new InvalidApiKeyError('?'),
    new ApiKeyExpiredError(),
    new QueueFullError('m', false),
    new ShuttingDownError(),
    new UsageUnavailableError(),
    new InternalError(),
    new UpstreamError('mapping_failed', '?'),
  ])('agrees with $name', ({ logCode, status, isRetryable, headers, type }) => {
    const guide = errorGuide(logCode)!;
    expect(guide.status).toBe(String(status));
    expect(guide.retry === 'after').toBe('retry-after' in headers);
    if (type !== 'invalid_request_error') expect(isRetryable).toBe(guide.retry !== 'no');
  });

  it('has the codes that only the log shows', () => {
    const quota = new UpstreamError('upstream_error', '?', { reason: 'quota' });
    const rejected = [400, 429].map((status) => new UpstreamRejectedError(status, '?'));
    const codes = [quota, ...rejected].map(({ logCode }) => logCode);
    expect(codes).toEqual(['upstream_quota_exhausted', 'upstream_rejected', 'upstream_rate_limited']);
    for (const code of codes) expect(errorGuide(code)!.status).toBe('log');
  });

  it('has nothing of services', () => {
    for (const code of ['context_length_exceeded', 'constructor', ''])
      expect(errorGuide(code)).toBeUndefined();
  });
});
