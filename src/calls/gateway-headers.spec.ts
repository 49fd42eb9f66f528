import { UpstreamError } from '../errors/upstream-errors.js';
import { gatewayHeaders } from './gateway-headers.js';
import { CallRecord } from './call-record.js';

const record = () => new CallRecord('id', 'POST', '/v1/chat/completions');
const failure = new UpstreamError('upstream_error', 'no');

describe('gatewayHeaders', () => {
  it('names model and deployment of a call that went well at once', () => {
    const call = record();
    call.attempt('qwen/qwen-72b', 'deployment-1', 'first');
    call.attempts = 1;
    expect(gatewayHeaders(call)).toEqual({
      'x-request-id': 'id',
      'x-gateway-attempts': 1,
      'x-gateway-route': 'qwen/qwen-72b/deployment-1',
      'x-gateway-overhead-ms': expect.any(Number) as number,
    });
  });

  it('lists each attempt of a call that was retried or moved', () => {
    const call = record();
    for (const [model, deployment, why] of [
      ['gpt-4', 'east', 'first'],
      ['gpt-4', 'east', 'retry'],
      ['gpt-4', 'west', 'failover'],
      ['backup', 'deployment-1', 'fallback'],
    ] as const) {
      call.endAttempt(failure);
      call.attempt(model, deployment, why);
    }
    expect(gatewayHeaders(call)['x-gateway-route']).toBe(
      'gpt-4/east=upstream_error, retry gpt-4/east=upstream_error, failover gpt-4/west=upstream_error, ' +
        'fallback backup/deployment-1',
    );
  });

  it.each(['通义千问', 'a, b', 'a=b', '100%', 'a"b', 'émile', '\ud800'])('keeps %j within ASCII', (name) => {
    const call = record();
    call.attempt(name, 'd', 'first');
    const route = gatewayHeaders(call)['x-gateway-route']!;
    expect(route).toMatch(/^[!-~]+$/);
    expect(route).not.toMatch(/[ ,="]/);
    expect(decodeURIComponent(route)).toBe(`${Buffer.from(name).toString()}/d`);
  });

  it('omits the route if no attempt was made', () => {
    expect(gatewayHeaders(record())).not.toHaveProperty('x-gateway-route');
  });

  it('counts all time outside attempts as overhead', async () => {
    const call = record();
    const attempt = call.attempt('m', 'd', 'first');
    await new Promise((resolve) => setTimeout(resolve, 300));
    call.endAttempt();
    const headers = gatewayHeaders(call);
    const overheadMs = headers['x-gateway-overhead-ms'];
    expect(overheadMs).toBeLessThan(250);
    expect(attempt.endMs! - attempt.startMs).toBeGreaterThan(290);
    // It goes on until the end of the call.
    expect(call.overheadMs).toBeGreaterThan(overheadMs - 1);
    expect(call.overheadMs).toBeLessThan(250);
  });
});
