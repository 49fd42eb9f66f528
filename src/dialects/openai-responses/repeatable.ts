import { isJsonObject } from '../../protocol/json.js';
import { type Repeatable, isDeterministicChat } from '../ports/repeatable.js';

export const REPEATABLE_RESPONSES: Repeatable = {
  isDeterministic: isDeterministicChat,

  isComplete: (parts) => {
    const last = parts.at(-1);
    const response = last?.['type'] === 'response.completed' ? last['response'] : last;
    return isJsonObject(response) && response['status'] === 'completed';
  },
};
