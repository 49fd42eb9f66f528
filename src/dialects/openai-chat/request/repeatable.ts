import { isJsonObject } from '../../../protocol/json.js';
import { type Repeatable, isDeterministicChat } from '../../ports/repeatable.js';
import { readFinishReason } from '../finish-reason.js';

const COMPLETE: ReadonlySet<unknown> = new Set(['stop', 'tool_calls', 'function_call']);

/** Which chats and text completions may be cached; the choices of both end in the same way. */
export const REPEATABLE_CHOICES: Repeatable = {
  isDeterministic: (body) => isDeterministicChat(body) && !isJsonObject(body['web_search_options']),

  isComplete: (parts) => {
    const reasons = new Map<unknown, string | undefined>();
    for (const { choices } of parts) {
      for (const [at, choice] of (Array.isArray(choices) ? (choices as unknown[]) : []).entries()) {
        if (!isJsonObject(choice)) return false;
        const index = choice['index'] ?? at;
        reasons.set(index, readFinishReason(choice['finish_reason']) ?? reasons.get(index));
      }
    }
    return reasons.size > 0 && [...reasons.values()].every((reason) => COMPLETE.has(reason));
  },
};
