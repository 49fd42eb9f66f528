import { countTokens } from './anthropic-messages/count-tokens.js';
import { type ClientRequest, isPrompted } from './dialect.js';
import { type TokenCounter } from './token-counter.js';

/**
 * How many tokens the input of a request has, by the gateway's own tokenizer; of what cannot be read as a prompt, all
 * of its JSON is counted.
 */
export async function inputTokens(counter: TokenCounter, request: ClientRequest): Promise<number> {
  if (isPrompted(request)) {
    try {
      return (await countTokens(counter, request.prompt())).input_tokens;
    } catch {
      // Only its own service can read it.
    }
  }
  const [count] = await counter.count([request.body.toString()]);
  return count!;
}
