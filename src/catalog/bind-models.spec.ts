import { Logger } from '@nestjs/common';
import { loadText } from '../../test/fixtures/config/load-text.js';
import { type LoginCredentials } from '../credentials/login/login-credentials.js';
import { OpenAiProvider } from '../providers/openai/openai.provider.js';
import { bindModels } from './bind-models.js';
import { ORDINARY } from '../routing/breaker/deployment-breaker.js';
import { type Model } from '../routing/model.js';

const PROVIDERS = new Map([['openai', new OpenAiProvider({} as LoginCredentials)]]);

function bind(
  west: string,
  previous?: ReadonlyMap<string, Model>,
  maxConcurrent = 0,
): ReadonlyMap<string, Model> {
  const { config } = loadText(`
auth: { api_keys: ["client-key"] }
breaker: { min_requests: 1 }
limits: { max_concurrent: ${maxConcurrent} }
models:
  openai:
    - name: "chat"
      deployments:
        - { name: "east", base_url: "https://east.test/v1" }
        - { name: "west", base_url: "https://${west}.test/v1" }
`);
  return bindModels(config, PROVIDERS, previous);
}

describe('models that are bound anew after a reload', () => {
  // A breaker that opens is a line.
  beforeAll(() => Logger.overrideLogger(false));

  it('keep what is known of deployments that did not change, and forget the others', () => {
    const before = bind('west');
    const now = performance.now();
    for (const { state } of before.get('chat')!.deployments) {
      state.breaker.failed(now, ORDINARY, 'upstream_error');
      expect(state.breaker.state(now)).toBe('open');
    }
    const [east, west] = bind('elsewhere', before).get('chat')!.deployments;
    expect(east.state.breaker.state(now)).toBe('open');
    expect(west!.state.breaker.state(now)).toBe('closed');
  });

  it('keep the slots that running calls hold', () => {
    const before = bind('west');
    expect(bind('elsewhere', before).get('chat')!.limit).toBe(before.get('chat')!.limit);
  });

  it('leave the number of slots as it was: the configuration may yet be refused', () => {
    const before = bind('west', undefined, 1);
    const { limit } = before.get('chat')!;
    expect([limit.enter(), limit.enter()]).toEqual([true, false]);
    bind('west', before, 2);
    expect(limit.enter()).toBe(false);
  });
});
