import { UpstreamError, type UpstreamErrorCode } from '../../errors/upstream-errors.js';
import { judgeFailure } from './failure-cause.js';

describe('what a failure of a service means', () => {
  it.each<[UpstreamErrorCode, string[], isPassing: boolean]>([
    ['connect_timeout', ['unreachable'], true],
    ['upstream_unreachable', ['unreachable'], true],
    ['upstream_stream_interrupted', ['5xx'], true],
    ['first_byte_timeout', ['timeout'], false],
    ['idle_timeout', ['timeout'], false],
    ['total_timeout', ['timeout'], false],
    ['upstream_auth_failed', ['unreachable'], false],
    ['upstream_login_failed', ['unreachable'], false],
    ['upstream_not_found', ['unreachable'], false],
    ['upstream_invalid_response', ['5xx'], false],
  ])('%s: another deployment may help, and fallbacks on %j', (code, causes, isPassing) => {
    expect(judgeFailure(new UpstreamError(code, 'x'))).toMatchObject({ causes, isPassing, isLocal: true });
  });

  it.each<[UpstreamErrorCode, string[]]>([
    ['circuit_open', ['unreachable', 'timeout', '429', '5xx']],
    ['mapping_failed', []],
  ])('%s: no other deployment helps', (code, causes) => {
    expect(judgeFailure(new UpstreamError(code, 'x'))).toMatchObject({
      causes,
      isPassing: false,
      isLocal: false,
    });
  });
});
