import { isJsonObject } from '../../protocol/json.js';
import { type Repeatable, isDeterministicChat } from '../ports/repeatable.js';

const COMPLETE: ReadonlySet<unknown> = new Set(['end_turn', 'tool_use', 'stop_sequence']);

export const REPEATABLE_MESSAGES: Repeatable = {
  isDeterministic: (body) => isDeterministicChat(body) && !Array.isArray(body['mcp_servers']),

  isComplete: (parts) => {
    const delta = parts.findLast(({ type }) => type === 'message_delta')?.['delta'] ?? parts[0];
    return isJsonObject(delta) && COMPLETE.has(delta['stop_reason']);
  },
};
