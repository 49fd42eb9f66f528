import { type TestGateway, SINGLE_ATTEMPTS, startGateway } from './start-gateway.js';
import { type TestUpstream } from './start-upstream.js';

/** A gateway before a service that has the models `chat`, `responses`, `messages` and `gemini`, each in its format. */
export function startEveryFormat(upstream: TestUpstream): Promise<TestGateway> {
  const base_url = `${upstream.url}/v1`;
  return startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: [
        { name: 'chat', base_url, speaks: ['openai-chat'] },
        { name: 'responses', base_url, speaks: ['openai-responses'] },
      ],
      anthropic: [{ name: 'messages', base_url, model_name: 'claude-sonnet-4-5' }],
      gemini: [{ name: 'gemini', base_url }],
    },
  });
}
